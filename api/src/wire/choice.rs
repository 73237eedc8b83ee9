//! How the document shows the domain's choices: a text that is one of a few.

use std::borrow::Cow;
use tessera_domain::{
    access,
    leads::{deals, tasks},
    pricing,
};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, schema::Type},
};

macro_rules! choices {
    ($($(#[$doc:meta])* $home:ident::$name:ident: $about:literal;)*) => { $(
        $(#[$doc])*
        pub(crate) enum $name {}

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                ObjectBuilder::new()
                    .schema_type(Type::String)
                    .description(Some($about))
                    .enum_values(Some($home::$name::ALL.map($home::$name::as_str)))
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
    access::Scope: "A right.";
    /// Stands for [`access::KeyKind`] in a schema.
    access::KeyKind: "The kind of an API key.";
    /// Stands for [`access::Role`] in a schema.
    access::Role: "A wallet's role in an organisation.";
    /// Stands for [`deals::Stage`] in a schema.
    deals::Stage: "The stage of a deal.";
    /// Stands for [`deals::Objection`] in a schema.
    deals::Objection: "An objection to buying.";
    /// Stands for [`deals::Solution`] in a schema.
    deals::Solution: "A solution that is offered.";
    /// Stands for [`deals::Barrier`] in a schema.
    deals::Barrier: "A barrier to buying.";
    /// Stands for [`tasks::TaskState`] in a schema.
    tasks::TaskState: "The state of a task.";
    /// Stands for [`pricing::Flag`] in a schema.
    pricing::Flag: "What a customer was found to have.";
}
