"""Constructs of the language and of the standard library, each as lines of C++ that change a, b, c or push onto w."""

from expressions import condition, integer, variable


def loop(s):
    i, j = s.fresh("i"), s.fresh("j")
    rng = s.rng
    return [
        f"for (int {i} = 0; {i} < {rng.randint(2, 5)}; ++{i}) {{",
        f"  if ({i} == {rng.randint(0, 3)}) continue;",
        f"  for (int {j} = {i}; {j} < {rng.randint(2, 6)}; {j} += {rng.randint(1, 2)}) {{",
        f"    {variable(s)} += {integer(s, 1)} % 50 + {j};",
        f"    if ({condition(s, 0)}) break;",
        "  }",
        "}",
    ]


def while_loop(s):
    n = s.fresh("n")
    return [
        f"int64_t {n} = std::abs({integer(s)} % 300) + 1;",
        f"while ({n} > 1) {{",
        f"  {n} = {n} % 2 ? ({n} - 1) / 2 : {n} / {s.rng.randint(2, 3)};",
        f"  ++{variable(s)};",
        "}",
        f"do {variable(s)} -= {s.rng.randint(1, 4)};",
        f"while (++{n} < {s.rng.randint(2, 5)});",
    ]


def switches(s):
    rng = s.rng
    lines = [f"switch (std::abs({integer(s)} % 5)) {{"]
    for case in rng.sample(range(5), 4):
        lines.append(f"case {case}: {variable(s)} += {integer(s, 1)} % 40;" + rng.choice([" break;", " [[fallthrough]];"]))
    lines += [f"default: {variable(s)} -= {rng.randint(1, 9)};", "}"]
    return lines


def vectors(s):
    rng, v = s.rng, s.fresh("v")
    lines = [f"std::vector<int64_t> {v}{{{integer(s, 1)}, {integer(s, 1)}, {integer(s, 1)}}};"]
    for _ in range(rng.randint(2, 4)):
        lines.append(rng.choice([
            f"{v}.push_back({integer(s, 1)});",
            f"{v}.insert({v}.begin() + {rng.randint(0, 2)}, {integer(s, 1)});",
            f"if ({v}.size() > 3) {v}.erase({v}.begin() + 1);",
            f"{v}.resize({rng.randint(3, 6)}, {integer(s, 1)});",
            f"std::swap({v}.front(), {v}.back());",
            f"{v}[{v}.size() / 2] += {integer(s, 1)} % 99;",
        ]))
    return lines + [f"{variable(s)} = {v}.at({v}.size() - {rng.randint(1, 2)}) % 1000 + {v}[0] % 100;", f"w.push_back({v}.back());"]


def maps(s):
    rng, m, k = s.rng, s.fresh("m"), s.fresh("i")
    kind = rng.choice(["std::map<int64_t, int64_t>", "std::map<int64_t, int64_t, std::greater<int64_t>>"])
    return [
        f"{kind} {m}{{{{{rng.randint(0, 5)}, {integer(s, 1)}}}, {{{rng.randint(6, 9)}, {rng.randint(0, 9)}}}}};",
        f"for (int64_t {k} = 0; {k} < {rng.randint(3, 7)}; ++{k}) {m}[{k} % {rng.randint(2, 4)}] += {integer(s, 1)} % 20 + {k};",
        f"if ({m}.count({rng.randint(0, 9)})) {variable(s)} += {m}.begin()->second % 100;",
        f"if (auto it = {m}.find({rng.randint(0, 9)}); it != {m}.end()) {m}.erase(it);",
        f"for (const auto& [key, value] : {m}) {variable(s)} = {variable(s)} % 700 * 3 + key + value % 100;",
    ]


def sets(s):
    v = s.fresh("s")
    return [
        f"std::set<int64_t> {v}{{{integer(s, 1)}, {integer(s, 1)}, {integer(s, 0)}, {s.rng.randint(0, 9)}}};",
        f"{v}.insert({variable(s)});",
        f"{variable(s)} += static_cast<int64_t>({v}.size()) + *{v}.begin() % 50 - *{v}.rbegin() % 50;",
    ]


def deques(s):
    d = s.fresh("d")
    return [
        f"std::deque<int64_t> {d}{{{integer(s, 1)}}};",
        f"{d}.push_front({integer(s, 1)});",
        f"{d}.push_back({variable(s)});",
        f"if ({condition(s, 0)}) {d}.pop_front();",
        f"for (auto it = {d}.rbegin(); it != {d}.rend(); ++it) {variable(s)} = {variable(s)} % 300 - *it % 77;",
    ]


def strings(s):
    t = s.fresh("t")
    return [
        f"std::string {t} = std::to_string({integer(s, 1)} % 100000) + \"{s.rng.choice(['ab', 'x', '-9', '_3_'])}\" + std::to_string({variable(s)} % 100);",
        f"{t} += static_cast<char>('a' + std::abs({variable(s)} % 26));",
        f"if (auto at = {t}.find('{s.rng.choice('ab-_1')}'); at != std::string::npos) {variable(s)} += static_cast<int64_t>(at) * 3;",
        f"for (char ch : {t})",
        f"  if (ch >= '0' && ch <= '9') {variable(s)} += ch - '0';",
        f"{variable(s)} += std::stoi(\"1\" + {t}.substr({t}.size()) + \"{s.rng.randint(0, 9)}\") + static_cast<int64_t>({t}.length());",
    ]


def streams(s):
    n = s.fresh("in")
    items = ",".join(str(s.rng.randint(-5, 40)) for _ in range(s.rng.randint(2, 5)))
    return [
        f"std::istringstream {n}(\"{items}\");",
        f"for (std::string item; std::getline({n}, item, ',');) {variable(s)} += std::stoll(item);",
    ]


def lambdas(s):
    f, g = s.fresh("f"), s.fresh("f")
    x = variable(s)
    return [
        f"auto {f} = [&, k = {integer(s, 1)} % 60](int64_t n) mutable {{ k += n; {x} += 1; return k % 500; }};",
        f"auto {g} = [{x}](auto n) {{ return n * {s.rng.randint(2, 4)} - {x} % 20; }};",
        f"{variable(s)} += {f}({integer(s, 0)} % 30) + {f}(2);",
        f"w.push_back({g}({variable(s)} % 90));",
    ]


def recursion(s):
    f = s.helper("rec")
    s.helpers.append(f"int64_t {f}(int64_t n, int64_t m = {s.rng.randint(1, 5)}) {{ return n <= 0 ? m : {f}(n - {s.rng.randint(1, 2)}, m + n % 3) + {s.rng.randint(0, 2)}; }}")
    return [f"{variable(s)} = {f}(std::abs({integer(s)} % 9)) + {f}({s.rng.randint(0, 3)}, {variable(s)} % 40);"]


def templates(s):
    f, t = s.helper("tmpl"), s.helper("Tmpl")
    s.helpers += [
        f"template <int N, class T> T {f}(T n) {{ if constexpr (N > 2) return n % 100 * N; else return n + N; }}",
        f"template <int64_t... N> struct {t} {{ static constexpr int64_t sum = (N + ... + 0); template <class T> static T of(T n) {{ return n % 200 + T(sizeof...(N)); }} }};",
    ]
    return [f"{variable(s)} += {f}<{s.rng.randint(0, 5)}>({integer(s, 1)}) + {t}<{s.rng.randint(1, 5)}, {s.rng.randint(1, 9)}>::sum;",
            f"{variable(s)} = {t}<1, 2, 3>::of({integer(s, 1)});"]


def classes(s):
    t = s.helper("Pair")
    s.helpers.append(
        f"struct {t} {{ int64_t p = {s.rng.randint(0, 9)}, q = {s.rng.randint(0, 9)}; {t} operator+(const {t}& o) const {{ return {{p + o.q, q - o.p}}; }} "
        f"{t}& operator*=(int64_t k) {{ p = p % 100 * k; return *this; }} bool operator<(const {t}& o) const {{ return p < o.p; }} int64_t get() const {{ return p * 2 + q; }} }};")
    x, y = s.fresh("p"), s.fresh("p")
    return [
        f"{t} {x}{{{integer(s, 1)} % 200, 4}}, {y}{{.q = {integer(s, 0)} % 300}};",
        f"{x} *= {s.rng.randint(2, 5)};",
        f"if ({x} < {y}) std::swap({x}, {y});",
        f"{variable(s)} += ({x} + {y}).get() % 400;",
    ]


def hierarchies(s):
    t = s.helper("Node")
    s.helpers.append(
        f"struct {t} {{ virtual ~{t}() = default; virtual int64_t of(int64_t n) const {{ return n + {s.rng.randint(1, 9)}; }} int64_t twice(int64_t n) const {{ return of(of(n)); }} }};\n"
        f"struct {t}A : {t} {{ int64_t of(int64_t n) const override {{ return n % 50 * {s.rng.randint(2, 4)}; }} }};\n"
        f"struct {t}B : {t}A {{ int64_t k; explicit {t}B(int64_t k) : k(k) {{}} int64_t of(int64_t n) const override {{ return {t}A::of(n) - k % 30; }} }};")
    v = s.fresh("nodes")
    return [
        f"std::vector<std::shared_ptr<{t}>> {v}{{std::make_shared<{t}>(), std::make_shared<{t}B>({integer(s, 1)})}};",
        f"if ({condition(s, 0)}) {v}.insert({v}.begin(), std::make_shared<{t}A>());",
        f"for (const auto& node : {v}) {variable(s)} = node->twice({variable(s)}) + (dynamic_cast<{t}A*>(node.get()) ? 1 : 5);",
    ]


def tuples(s):
    f = s.helper("parts")
    s.helpers.append(f"std::tuple<int64_t, bool, std::string> {f}(int64_t n) {{ return {{n / 2, n % 2 == 0, std::to_string(n % 1000)}}; }}")
    p, q, r = s.fresh("x"), s.fresh("y"), s.fresh("z")
    return [
        f"auto [{p}, {q}, {r}] = {f}({integer(s)});",
        f"{variable(s)} += {q} ? {p} % 200 : static_cast<int64_t>({r}.size());",
        "std::tie(a, b) = std::make_pair(b, a);",
    ]


def optionals(s):
    o = s.fresh("o")
    return [
        f"std::optional<int64_t> {o};",
        f"if ({condition(s)}) {o} = {integer(s, 1)};",
        f"{variable(s)} += {o}.value_or({s.rng.randint(0, 30)}) % 300;",
        f"if ({o} && *{o} > {s.rng.randint(0, 20)}) {o}.reset();",
        f"{variable(s)} += {o}.has_value();",
    ]


def variants(s):
    v = s.fresh("var")
    first, second = s.rng.choice(["int64_t{7}", "2.5", 'std::string("four")']), s.rng.choice(["1.75", "int64_t{3}", 'std::string("ab")'])
    return [
        f"std::variant<int64_t, double, std::string> {v} = {first};",
        f"if ({condition(s)}) {v} = {second};",
        f"{variable(s)} += std::visit([](const auto& n) -> int64_t {{ if constexpr (std::is_same_v<std::decay_t<decltype(n)>, std::string>) return static_cast<int64_t>(n.size()); else return static_cast<int64_t>(n * 2); }}, {v}) + static_cast<int64_t>({v}.index());",
    ]


def exceptions(s):
    f = s.helper("check")
    s.helpers.append(f"int64_t {f}(int64_t n) {{ if (n % {s.rng.randint(2, 4)} == 0) throw std::out_of_range(\"n\"); if (n > {s.rng.randint(5, 60)}) throw n; return n + 1; }}")
    x = variable(s)
    return [
        "try {",
        f"  {x} = {f}({integer(s)}) % 500;",
        "} catch (const std::logic_error&) {",
        f"  {x} -= {s.rng.randint(1, 9)};",
        "} catch (int64_t n) {",
        f"  {x} = n % 100;",
        "}",
    ]


def algorithms(s):
    rng, v = s.rng, s.fresh("v")
    lines = [f"std::vector<int64_t> {v}({rng.randint(3, 6)});", f"std::iota({v}.begin(), {v}.end(), {integer(s, 1)} % 50);"]
    for _ in range(rng.randint(2, 4)):
        lines.append(rng.choice([
            f"std::transform({v}.begin(), {v}.end(), {v}.begin(), [&](int64_t n) {{ return n % 100 * {rng.randint(2, 3)} + {variable(s)} % 10; }});",
            f"std::sort({v}.begin(), {v}.end(), std::greater<>());",
            f"std::stable_sort({v}.begin(), {v}.end(), [](int64_t p, int64_t q) {{ return p % 5 < q % 5; }});",
            f"std::reverse({v}.begin() + 1, {v}.end());",
            f"std::rotate({v}.begin(), {v}.begin() + {rng.randint(1, 2)}, {v}.end());",
            f"std::partial_sum({v}.begin(), {v}.end(), {v}.begin());",
            f"{v}.erase(std::remove_if({v}.begin(), {v}.end(), [](int64_t n) {{ return n % 3 == 0; }}), {v}.end());\n  {v}.resize(4, {rng.randint(0, 9)});",
        ]))
    return lines + [
        f"{variable(s)} += std::accumulate({v}.begin(), {v}.end(), int64_t{{0}}) % 600;",
        f"w.push_back(*std::max_element({v}.begin(), {v}.end()) + std::count_if({v}.begin(), {v}.end(), [](auto n) {{ return n > {rng.randint(0, 20)}; }}));",
    ]


def statics(s):
    f = s.helper("next")
    s.helpers.append(f"int64_t {f}() {{ static int64_t n = {s.rng.randint(0, 9)}; return n += {s.rng.randint(1, 5)}; }}")
    return [f"{variable(s)} += {f}() + {f}();", f"if ({condition(s, 0)}) {variable(s)} -= {f}();"]


def guards(s):
    t = s.helper("Guard")
    s.helpers.append(f"struct {t} {{ int64_t& n; int64_t by; {t}(int64_t& n, int64_t by) : n(n), by(by) {{ n += by; }} ~{t}() {{ n -= by * 2; }} }};")
    g, x = s.fresh("g"), variable(s)
    return ["{", f"  {t} {g}({x}, {s.rng.randint(1, 9)});", f"  {variable(s)} += {integer(s, 1)} % 30;", f"  if ({condition(s, 0)}) w.push_back({x});", "}"]


def pointers(s):
    p, q = s.fresh("arr"), s.fresh("ptr")
    return [
        f"int64_t {p}[4] = {{{integer(s, 0)}, {integer(s, 0)}, {s.rng.randint(0, 9)}}};",
        f"for (int64_t* {q} = {p}; {q} != {p} + 4; ++{q}) *{q} = *{q} % 80 + ({q} - {p});",
        f"int64_t* {s.fresh('best')} = &{p}[std::abs({integer(s, 0)} % 4)];",
        f"*{('best' + str(s.count))} += {s.rng.randint(1, 9)};",
        f"{variable(s)} += {p}[{s.rng.randint(0, 3)}] + *({p} + {s.rng.randint(0, 3)});",
    ]


def enums(s):
    e = s.helper("Kind")
    s.helpers.append(f"enum class {e} {{ Low = {s.rng.randint(0, 3)}, Mid = {s.rng.randint(5, 9)}, High }};")
    k = s.fresh("k")
    return [
        f"{e} {k} = {condition(s)} ? {e}::High : {condition(s, 0)} ? {e}::Mid : {e}::Low;",
        f"{variable(s)} += {k} == {e}::Mid ? 3 : static_cast<int64_t>({k}) * 2;",
    ]


def functions(s):
    t = s.fresh("table")
    return [
        f"std::vector<std::function<int64_t(int64_t)>> {t}{{[](int64_t n) {{ return n + {s.rng.randint(1, 9)}; }}, [&](int64_t n) {{ return n % 90 - a % 7; }}}};",
        f"{t}.push_back({t}[{s.rng.randint(0, 1)}]);",
        f"for (auto& f : {t}) {variable(s)} = f({variable(s)});",
    ]


def jumps(s):
    label, n = s.fresh("again"), s.fresh("n")
    return [f"int64_t {n} = {s.rng.randint(0, 3)};", f"{label}:", f"{variable(s)} += {n} + 1;", f"if (++{n} < {s.rng.randint(3, 6)}) goto {label};"]


# A jump may not pass an initialization, so labels come in blocks of their own.
def jumps_in_block(s):
    return ["{", *("  " + line for line in jumps(s)), "}"]


CONSTRUCTS = [loop, while_loop, switches, vectors, maps, sets, deques, strings, streams, lambdas, recursion, templates, classes,
              hierarchies, tuples, optionals, variants, exceptions, algorithms, statics, guards, pointers, enums, functions, jumps_in_block]
