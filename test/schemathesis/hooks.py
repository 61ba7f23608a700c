"""What schemathesis must know of the system and its OpenAPI documents cannot say.

Each function that before_call lists mends valid requests for one rule that
concerns several parameters or fields, or what is there already. Requests that are
meant to be refused stay as they are.
"""

import itertools
import json

import schemathesis

numbers = itertools.count(1)


@schemathesis.hook
def before_call(context, case, kwargs):
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    if not case.path.startswith("/api/v1/events/"):
        one_way_to_page(case.query or {})
        one_end_of_time(case.query or {})
    fresh_key(case.headers or {})
    no_empty_tag(case.headers or {})
    if isinstance(case.body, dict):
        two_stores(case.body)
        maximum_above_minimum(case.body, case.method.upper() == "PATCH")
        endpoint_that_may_be_called(case.body)
        price_of_few_digits(case.body)
        units_of_the_reservation(case)
        transfer_of_some_units(case)
        counted_product(case)
        other_state(case.body)
        times_in_order(case)
        store_of_the_path(case)
    elif case.path.endswith(("/import", "/lines")) and case.media_type in FILES:
        file_of_import(case)


def one_way_to_page(query):
    """A page is asked for by limit and offset, by page and page_size, or by a
    cursor, which must come from an answer with the same filters; a quantity at a
    time has no pages."""
    query.pop("cursor", None)
    if "as_of" in query:
        for name in ("limit", "offset", "page", "page_size", "actor"):
            query.pop(name, None)
    if "page" in query or "page_size" in query:
        for name in ("limit", "offset"):
            query.pop(name, None)


def one_end_of_time(query):
    """A range of time ends after it begins."""
    if "from" in query:
        query.pop("to", None)


def no_empty_tag(headers):
    """The tool takes an empty If-Match for valid, against minLength and pattern."""
    if headers.get("If-Match") == "":
        del headers["If-Match"]


def price_of_few_digits(body):
    """A price has at most 18 digits after the point."""
    if isinstance(body.get("price"), float):
        body["price"] = round(body["price"], 2)


def fresh_key(headers):
    """An Idempotency-Key stands for one request."""
    if "Idempotency-Key" in headers:
        headers["Idempotency-Key"] = f"{headers['Idempotency-Key'][:200]}-{next(numbers)}"


def two_stores(body):
    """A transfer goes to another store."""
    if "from_store_id" in body and body.get("to_store_id") == body["from_store_id"]:
        body["to_store_id"] = "BCN-001" if body["from_store_id"] != "BCN-001" else "MAD-001"


def transfer_of_some_units(case):
    """A transfer has one source, and a line names one product, which no other line
    does. A receipt accounts for a unit, and its damaged units are received ones."""
    if case.path == "/api/v1/transfers":
        if case.body.get("from_store_id"):
            case.body.pop("supplier", None)
        else:
            case.body.pop("from_store_id", None)
            case.body["supplier"] = case.body.get("supplier") or "Tea & Co."
        for line in case.body["lines"]:
            if line.get("product_id"):
                line.pop("sku", None)
            elif not line.get("sku"):
                line["sku"] = "CAF-ETH-250"
        del case.body["lines"][1:]
    elif case.path.endswith("/receive"):
        del case.body["lines"][1:]
        line = case.body["lines"][0]
        line["received"] = max(1, line.get("received") or 0)
        if "damaged" in line:
            line["damaged"] = min(line["damaged"] or 0, line["received"])


def counted_product(case):
    """A line of a count names one product, and is alone or in lines."""
    if not case.path.endswith("/counts/{id}/lines"):
        return
    if "lines" in case.body:
        for name in ("product_id", "sku", "counted"):
            case.body.pop(name, None)
    for line in case.body.get("lines", [case.body]):
        if line.get("product_id"):
            line.pop("sku", None)
        else:
            line["sku"] = line.get("sku") or "CAF-ETH-250"


def other_state(body):
    """Units change to another state."""
    if "from" in body and body["from"] == body.get("to"):
        body["to"] = "other" if body["from"] != "other" else "available"


def times_in_order(case):
    """A replay ends after it begins, and not in the future."""
    if case.path.endswith("/webhooks/{id}/replay"):
        case.body["from"] = "2026-01-02T03:04:05Z"
        case.body.pop("to", None)


def store_of_the_path(case):
    """A store has the id of its path, and a time zone of the IANA database."""
    if case.path == "/api/v1/stores/{store_id}":
        if "id" in case.body:
            case.body["id"] = case.path_parameters["store_id"]
        if case.body.get("timezone"):
            case.body["timezone"] = "Europe/Madrid"


def maximum_above_minimum(body, changes):
    """max_stock is 0 or at least min_stock. A PATCH that changes one of them must
    fit the other one that is there, so it changes both."""
    if changes and (body.get("max_stock") is not None or body.get("min_stock") is not None):
        for name in ("min_stock", "max_stock"):
            body[name] = body.get(name) or 0
    if body.get("max_stock") and body.get("min_stock"):
        body["min_stock"] = min(body["min_stock"], body["max_stock"])


def units_of_the_reservation(case):
    """The lines of an end of a reservation name its rows, which a schema does not
    know: a confirm and a cancel end all, and a return is of an unknown reservation. An
    extend ends before the longest life of the reservation, from its create, is over."""
    verb = case.path.rpartition("/")[2]
    if not case.path.startswith("/api/v1/reservations/{"):
        return
    if verb in ("confirm", "cancel"):
        case.body.pop("lines", None)
        case.body.pop("remainder", None)
    elif verb == "return":
        case.path_parameters["id"] = "00000000-0000-7000-8000-000000000000"
    elif verb == "extend":
        for name, most in (("ttl_minutes", 44000), ("ttl_seconds", 44000 * 60)):
            if name in case.body:
                case.body[name] = min(case.body[name], most)


def endpoint_that_may_be_called(body):
    """Webhooks go to public addresses. This one has no address at all, so that
    nothing is sent anywhere."""
    if isinstance(body.get("url"), str):
        body["url"] = f"https://shop.invalid/hooks/{next(numbers)}"


def file_of_import(case):
    """An import takes a file with the columns of its own rows."""
    lines = PRODUCTS if case.path.endswith("/products/import") else ROWS
    if case.path.endswith("/lines"):
        lines = COUNTED
    case.body = FILES[case.media_type](lines)


# The lines of imports: rows that exist, rows that do not, values that fail. A line
# that fails is no reason to refuse a file.
PRODUCTS = [
    {"sku": "IMP-1", "name": "One", "price": "1.50"},
    {"sku": "IMP-1", "name": "Another one", "price": "1.50"},
    {"sku": "CAF-ETH-250", "name": 'Quoted, "so"', "price": "9.95"},
    {"sku": "Ü b", "name": "", "price": "-1"},
]
ROWS = [
    {"sku": "CAF-ETH-250", "store_id": "MAD-001", "quantity": 1000},
    {"sku": "CAF-ETH-250", "store_id": "NEW-001", "quantity": 0},
    {"sku": "NONE", "store_id": "?", "quantity": -1},
]


COUNTED = [
    {"sku": "CAF-ETH-250", "counted": 18},
    {"sku": "NONE", "counted": -1},
]


def csv_of(lines):
    quote = '"{}"'.format
    rows = [list(lines[0])] + [[quote(str(v).replace('"', '""')) for v in line.values()] for line in lines]
    return "\n".join(",".join(row) for row in rows)


def ndjson_of(lines):
    return "\n".join(json.dumps(line) for line in lines)


FILES = {
    "text/csv": csv_of,
    "application/csv": csv_of,
    "application/vnd.ms-excel": csv_of,
    "application/x-ndjson": ndjson_of,
    "application/ndjson": ndjson_of,
    "application/jsonl": ndjson_of,
    "application/x-jsonlines": ndjson_of,
}


@schemathesis.serializer(*FILES)
def serialize_file(context, value):
    return value.encode() if isinstance(value, str) else value


@schemathesis.hook
def filter_case(context, case):
    """The bodies of these media types are texts, so there is none of another type."""
    return case.media_type not in FILES or isinstance(case.body, str)
