"""What every certificate says, in both languages."""

from dataclasses import dataclass

from sanad_node.types.registry import Text


@dataclass(frozen=True, slots=True)
class Words:
    """The fixed texts of a certificate."""

    issued: Text
    entry: Text
    as_of: Text
    steps: tuple[Text, ...]
    short_form: Text
    warning: Text
    legend: Text


WORDS = Words(
    issued=Text("Issued", "تاریخ اجرا"),
    entry=Text("Entry", "لیجر میں اندراج"),
    as_of=Text("The code speaks up to", "کوڈ اس وقت تک کا ہے"),
    steps=(
        Text(
            "1. Scan the code with Sanad's verifier, or type the twelve characters.",
            "۱۔ کوڈ کو سند کے تصدیق کار سے سکین کریں، یا بارہ حروف لکھیں۔",
        ),
        Text("2. Compare the marked values with this paper.", "۲۔ نشان زدہ اندراجات کو اس کاغذ سے ملائیں۔"),
        Text(
            "3. Compare the thing's own number: chassis, engine, container.",
            "۳۔ نمبر (چیسس، انجن، کنٹینر) خود چیز پر سے پڑھ کر ملائیں۔",
        ),
    ),
    short_form=Text(
        "This code is of the short form: the verifier has to reach a service that has the ledger.",
        "یہ مختصر کوڈ ہے: تصدیق کے لیے لیجر والی سروس تک رسائی ضروری ہے۔",
    ),
    warning=Text(
        "The paper alone proves nothing: verify the code.",
        "صرف کاغذ کسی بات کا ثبوت نہیں: کوڈ کی تصدیق کریں۔",
    ),
    legend=Text("proved by the code", "کوڈ سے ثابت شدہ"),
)
