"""As much of JSON Schema (draft 2020-12) as the documents under docs/ use. A keyword that it does not know is an error, never passed over."""

TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None), "number": (int, float), "integer": int}
NOTES = {"$schema", "title", "description", "$defs", "$comment"}


def _is(value, name):
    if isinstance(value, bool):
        return name == "boolean"
    if name == "integer" and isinstance(value, float):
        return value.is_integer()
    return isinstance(value, TYPES[name])


def _typed(kind):
    """Keywords say nothing of values of another type."""
    return lambda value: isinstance(value, kind) and not isinstance(value, bool)


_object, _array, _number, _string = _typed(dict), _typed(list), _typed((int, float)), _typed(str)


def faults(value, schema, root=None, at="$"):
    """Everything that is wrong with `value`, one sentence each."""
    root = root or schema
    for keyword, wanted in schema.items():
        if keyword in NOTES:
            continue
        if keyword == "$ref":
            target = root
            for part in wanted.removeprefix("#/").split("/"):
                target = target[part]
            yield from faults(value, target, root, at)
        elif keyword == "allOf":
            for part in wanted:
                yield from faults(value, part, root, at)
        elif keyword == "type":
            names = [wanted] if isinstance(wanted, str) else wanted
            if not any(_is(value, name) for name in names):
                yield f"{at} is {value!r:.60} and no {' or '.join(names)}"
        elif keyword == "const":
            if value != wanted:
                yield f"{at} is {value!r:.60} and not {wanted!r}"
        elif keyword == "enum":
            if value not in wanted:
                yield f"{at} is {value!r:.60}, which is none of {wanted}"
        elif keyword == "required":
            yield from (f"{at} lacks {key!r}" for key in wanted if _object(value) and key not in value)
        elif keyword == "properties":
            for key, part in wanted.items():
                if _object(value) and key in value:
                    yield from faults(value[key], part, root, f"{at}.{key}")
        elif keyword == "items":
            for index, item in enumerate(value if _array(value) else ()):
                yield from faults(item, wanted, root, f"{at}[{index}]")
        elif keyword == "prefixItems":
            for index, (item, part) in enumerate(zip(value, wanted) if _array(value) else ()):
                yield from faults(item, part, root, f"{at}[{index}]")
        elif keyword == "minimum":
            if _number(value) and value < wanted:
                yield f"{at} is {value} and below {wanted}"
        elif keyword == "maximum":
            if _number(value) and value > wanted:
                yield f"{at} is {value} and above {wanted}"
        elif keyword == "minLength":
            if _string(value) and len(value) < wanted:
                yield f"{at} is shorter than {wanted}"
        elif keyword == "minItems":
            if _array(value) and len(value) < wanted:
                yield f"{at} holds fewer than {wanted}"
        elif keyword == "maxItems":
            if _array(value) and len(value) > wanted:
                yield f"{at} holds more than {wanted}"
        else:
            raise ValueError(f"the keyword {keyword!r} at {at} is not known here")
