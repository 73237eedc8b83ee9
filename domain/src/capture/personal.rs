//! Personal data has no place in properties, which are kept in the clear and outlive a person's
//! erasure: it belongs in `identify`, which seals it. Keys that mean personal data are refused, and
//! so are keys and texts that contain an e-mail address. `name` is allowed: it names buttons and
//! pages.

use super::reason::{self, refuse};
use crate::{people::contains_email, refusal::Refusal};
use std::fmt;

/// Keys in lower case, without anything but letters and digits.
const PERSONAL_KEYS: [&str; 44] = [
    "address",
    "bankaccount",
    "birthdate",
    "birthday",
    "cardnumber",
    "cellphone",
    "creditcard",
    "creditcardnumber",
    "dateofbirth",
    "dob",
    "driverslicense",
    "email",
    "emailaddress",
    "familyname",
    "firstname",
    "fullname",
    "givenname",
    "homeaddress",
    "iban",
    "ip",
    "ipaddress",
    "lastname",
    "mail",
    "middlename",
    "mobile",
    "mobilenumber",
    "mobilephone",
    "nationalid",
    "passport",
    "passportnumber",
    "password",
    "phone",
    "phonenumber",
    "postaladdress",
    "socialsecuritynumber",
    "ssn",
    "streetaddress",
    "surname",
    "taxid",
    "telephone",
    "useremail",
    "wallet",
    "walletaddress",
    "workemail",
];

const RULE: &str = "must not be personal data: send it with identify, which seals it";

/// Refuses a key that means personal data or is an e-mail address. The key itself is repeated only
/// in the first case.
pub(super) fn check_key(key: &str, parent: impl fmt::Display) -> Result<(), Refusal> {
    let letters = key.chars().filter(|it| it.is_alphanumeric());
    let plain: String = letters.flat_map(char::to_lowercase).collect();
    if PERSONAL_KEYS.contains(&plain.as_str()) {
        let field = format!("{parent}.{key}");
        return Err(refuse(reason::PERSONAL_DATA, field, RULE));
    }
    check_text(key, parent)
}

/// Refuses a text that contains an e-mail address.
pub(super) fn check_text(text: &str, field: impl fmt::Display) -> Result<(), Refusal> {
    if contains_email(text) {
        return Err(refuse(reason::PERSONAL_DATA, field, RULE));
    }
    Ok(())
}
