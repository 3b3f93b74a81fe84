"""A request that is either JSON or a form with a file: the document's bytes beside the members about it."""

from typing import Any, TypeVar, get_origin

from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.datastructures import UploadFile
from starlette.requests import Request

from sanad_api.problems import ContentTypeWrong, RequestInvalid
from sanad_node.wire import Asked

T = TypeVar("T", bound=Asked)
FORM_FIELDS = 16
TRUE, FALSE = {"true", "1", "yes"}, {"false", "0", "no"}


async def read_upload(request: Request, model: type[T]) -> tuple[T, bytes | None]:
    """The members, and the bytes of the part named `file` if the request is a form."""
    kind = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if kind == "application/json":
        return _checked(model, await request.json()), None
    if kind == "application/octet-stream":
        return _checked(model, {}), await request.body()
    if kind != "multipart/form-data":
        raise ContentTypeWrong("send application/json, or multipart/form-data with a file")
    async with request.form(max_files=1, max_fields=FORM_FIELDS) as form:
        told: dict[str, Any] = {}
        content: bytes | None = None
        for name, value in form.multi_items():
            if isinstance(value, UploadFile):
                if name != "file":
                    raise RequestInvalid(
                        [{"pointer": "", "code": "PART_UNKNOWN", "detail": "the file's part is named `file`"}]
                    )
                content = await value.read()
                told.setdefault(
                    "name", (value.filename or "")[:256]
                ) if "name" in model.model_fields else None
            elif _is_list(model, name):
                told.setdefault(name, []).append(value)
            else:
                told[name] = _typed(model, name, value)
        return _checked(model, told), content


def _typed(model: type[Asked], name: str, value: str) -> Any:
    """A form has only text: what the model wants as a truth value is read as one."""
    field = model.model_fields.get(name)
    if field is not None and field.annotation is bool:
        return True if value.lower() in TRUE else False if value.lower() in FALSE else value
    return value


def _is_list(model: type[Asked], name: str) -> bool:
    """Whether a member is a list: a form names it once for each element."""
    field = model.model_fields.get(name)
    return field is not None and get_origin(field.annotation) is list


def _checked(model: type[T], told: Any) -> T:
    try:
        return model.model_validate(told)
    except ValidationError as error:
        found = [{**one, "loc": ("body", *one["loc"])} for one in error.errors(include_input=False)]
        raise RequestValidationError(found) from error


def described(model: type[Asked], *, in_form: tuple[str, ...], raw: bool = False) -> dict[str, Any]:
    """The request body of such a route, for the OpenAPI document: JSON, a form with a file and these members
    beside it, and the file alone if it may be sent `raw`.
    """
    told = model.model_json_schema(by_alias=True)
    form = {
        "type": "object",
        "required": ["file", *(name for name in told.get("required", ()) if name in in_form)],
        "properties": {
            "file": {"type": "string", "format": "binary"},
            **{name: _as_text(told["properties"][name]) for name in in_form},
        },
        "additionalProperties": False,
    }
    content: dict[str, Any] = {
        "application/json": {"schema": {"$ref": f"#/components/schemas/{model.__name__}"}},
        "multipart/form-data": {"schema": form},
    }
    if raw:
        content["application/octet-stream"] = {"schema": {"type": "string", "format": "binary"}}
    return {"requestBody": {"required": True, "content": content}}


def _as_text(part: dict[str, Any]) -> dict[str, Any]:
    """The schema of a member as a form has it, which knows no null and writes truth values as text. A list stays one:
    it is sent as a part for each element.
    """
    told = next((one for one in part.get("anyOf", ()) if one.get("type") != "null"), part)
    if told.get("type") == "boolean":
        told = {"type": "string", "enum": ["true", "false"]}
    return {**told, **({"description": part["description"]} if "description" in part else {})}
