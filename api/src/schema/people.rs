//! What is stated of people: their ids, addresses and traits.

use super::{
    parts::{LETTERED, With, any_text, choice, object, or_null, text, whole},
    registry::NAME,
    stand_ins,
};
use serde_json::json;
use tessera_domain::{
    capture::{
        AD_CONSENT, INTENTS, MAX_COMPANY_SIZE, MAX_PERSONAL_CHARS, PERSONAL_TRAITS, SEGMENTS,
    },
    people::MAX_ID_CHARS,
};
use utoipa::openapi::{Object, ObjectBuilder, schema::Type};

/// The normal form of an e-mail address, in any case and with blanks around.
const EMAIL_ADDRESS: &str = r"^[ \t\r\n]*(?![!-~]{255})(?![^@]{65})[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+(?![0-9]+[ \t\r\n]*$)[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?[ \t\r\n]*$";

stand_ins! {
    /// An [`tessera_domain::people::Identifier`] that its sender chooses.
    SenderId() {
        text(
            "An id that its sender chooses: for one person, and neither an e-mail address nor what programs \
             send for nobody, such as `null`.",
            1..=MAX_ID_CHARS,
            "visitor-7f3a",
        )
    }

    /// An e-mail [`tessera_domain::people::Identifier`].
    EmailAddress() {
        email("An e-mail address, in ASCII.")
    }

    /// What [`tessera_domain::capture::split_traits`] reads.
    PersonTraits() {
        let size = whole("People in the company.", 1..=MAX_COMPANY_SIZE, 40);
        let consent = ObjectBuilder::new()
            .description(Some(
                "Whether they have agreed to be advertised to elsewhere by what is known of them; takes the scope \
                 `identify`. Without it, or with false, they are in no audience export.",
            ))
            .examples([json!(true)]);
        let token = |about: &str, example: &str| any_text(about, example).pattern(Some(NAME));
        let public = object(
            "Those that have a use of their own can be scored; those that are sealed require the scope \
             `identify` or the person's own session. Null is as if it were left out.",
        )
        .may("segment", one_of("What kind of customer.", &SEGMENTS))
        .may("intent", one_of("What the person wants.", &INTENTS))
        .may("channel", optional(any_text("The channel.", "community").pattern(Some(LETTERED))))
        .may("role", optional(token("The role.", "buyer")))
        .may("industry", optional(token("The industry.", "mining")))
        .may("country", optional(any_text("ISO 3166 alpha-2.", "CH").pattern(Some("^[A-Za-z]{2}$"))))
        .may("locale", optional(any_text("The language that they read, as a tag of BCP 47.", "pt-BR").max_length(Some(35)).pattern(Some("^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*$"))))
        .may("timezone", optional(any_text("The zone whose clocks they go by, as in the IANA database.", "Europe/Zurich")))
        .may("company_size", or_null(size, Type::Integer))
        .may(AD_CONSENT, or_null(consent, Type::Boolean));
        PERSONAL_TRAITS.into_iter().fold(public, |traits, name| {
            let about = "Sealed.";
            let sealed = match name {
                "email" => email(about),
                _ => any_text(about, "Ada").max_length(Some(MAX_PERSONAL_CHARS)).pattern(Some(r"^[^\x00]*$")),
            };
            traits.may(name, optional(sealed))
        })
        .examples([json!({ "segment": "institution", "country": "CH" })])
    }
}

fn email(about: &str) -> ObjectBuilder {
    any_text(about, "ada@example.com").pattern(Some(EMAIL_ADDRESS))
}

fn one_of(about: &str, known: &[&str]) -> Object {
    optional(choice(about, known.iter().copied().map(Some).chain([None])))
}

fn optional(text: ObjectBuilder) -> Object {
    or_null(text, Type::String)
}
