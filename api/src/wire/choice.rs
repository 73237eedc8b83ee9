//! How the document shows the domain's choices: a text that is one of a few.

use std::borrow::Cow;
use tessera_domain::access;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, schema::Type},
};

macro_rules! choices {
    ($($(#[$doc:meta])* $name:ident: $about:literal;)*) => { $(
        $(#[$doc])*
        pub(crate) enum $name {}

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                ObjectBuilder::new()
                    .schema_type(Type::String)
                    .description(Some($about))
                    .enum_values(Some(access::$name::ALL.map(access::$name::as_str)))
                    .into()
            }
        }

        impl ToSchema for $name {
            fn name() -> Cow<'static, str> {
                stringify!($name).into()
            }
        }
    )* };
}

choices! {
    /// Stands for [`access::Scope`] in a schema.
    Scope: "A right.";
    /// Stands for [`access::KeyKind`] in a schema.
    KeyKind: "The kind of an API key.";
    /// Stands for [`access::Role`] in a schema.
    Role: "A wallet's role in an organisation.";
}
