"""Random integer expressions that are defined for all values of their variables."""


class Scope:
    """What a program under construction has: its random numbers, its helper functions, fresh names."""

    def __init__(self, rng, name):
        self.rng = rng
        self.name = name
        self.helpers = []  # at namespace scope, before the class
        self.variables = ["a", "b", "c"]
        self.count = 0

    def fresh(self, stem="v"):
        self.count += 1
        return f"{stem}{self.count}"

    def helper(self, stem):
        """A name at namespace scope, unique among all programs of a file."""
        return self.fresh(f"{self.name.lower()}{stem}")


def variable(scope):
    return scope.rng.choice(scope.variables)


def integer(scope, depth=2):
    """An int64_t."""
    rng = scope.rng
    if depth == 0 or rng.random() < 0.15:
        return variable(scope) if rng.random() < 0.65 else f"int64_t{{{rng.randint(0, 19)}}}"
    x, y = integer(scope, depth - 1), integer(scope, depth - 1)
    return rng.choice([
        lambda: f"({x} + {y})",
        lambda: f"({x} - {y})",
        lambda: f"({x} % 997 * ({y} % 31))",
        lambda: f"({x} / (std::abs({y} % 7) + 1))",
        lambda: f"({x} % (std::abs({y} % 9) + 2))",
        lambda: f"({x} > {y} ? {x} : {y} + 1)",
        lambda: f"std::max<int64_t>({x}, {y})",
        lambda: f"std::min({x}, {y})",
        lambda: f"({x} & {rng.randint(1, 63)})",
        lambda: f"({x} ^ {y}) % 4099",
        lambda: f"(({x} >> {rng.randint(0, 3)}) + {y})",
        lambda: f"(({x} % 500) << {rng.randint(0, 3)})",
        lambda: f"int64_t{{static_cast<std::uint8_t>({x})}}",
        lambda: f"int64_t{{static_cast<int>({x} % 100000) / {rng.randint(2, 5)}}}",
        lambda: f"int64_t{{static_cast<std::uint32_t>({x}) % {rng.randint(3, 40)}u}}",
        lambda: floating(scope, x),
        lambda: f"int64_t{{{condition(scope, depth - 1)}}}",
        lambda: f"std::clamp<int64_t>({x}, {-rng.randint(0, 5)}, {rng.randint(6, 60)})",
    ])()


def floating(scope, x):
    """A size that hangs on a rounding."""
    rng = scope.rng
    bounded = f"({x} % 5000)"
    factor = round(rng.uniform(0.1, 2.5), rng.randint(1, 3))
    return rng.choice([
        f"static_cast<int64_t>({bounded} * {factor})",
        f"static_cast<int64_t>(static_cast<float>({bounded}) * {factor}f)",
        f"static_cast<int64_t>(std::floor({bounded} / {rng.randint(2, 9)}.0))",
        f"static_cast<int64_t>(std::ceil({bounded} * {factor}f))",
        f"static_cast<int64_t>(std::round({bounded} * {factor}))",
        f"static_cast<int64_t>(std::sqrt(static_cast<double>(std::abs({bounded}))))",
        f"static_cast<int64_t>(std::log2(1.0 + std::abs({bounded})))",
        f"std::lround({bounded} * {factor})",
        f"static_cast<int64_t>(std::pow({rng.randint(2, 3)}, std::abs({bounded}) % 6))",
    ])


def condition(scope, depth=1):
    rng = scope.rng
    x, y = integer(scope, depth), integer(scope, depth)
    simple = f"({x} {rng.choice(['<', '>', '<=', '>=', '==', '!='])} {y})"
    if rng.random() < 0.3:
        return f"({simple} {rng.choice(['&&', '||'])} {variable(scope)} % {rng.randint(2, 4)} == 0)"
    return simple if rng.random() < 0.8 else f"(!{simple})"
