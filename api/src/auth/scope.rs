//! Scopes as types, for a handler's arguments.

use tessera_domain::access::Scope;

/// A scope as a type.
pub(crate) trait Needs: Send + Sync {
    /// The scope; none when the handler itself decides.
    const SCOPE: Option<Scope>;
}

macro_rules! scopes {
    ($($name:ident),*) => { $(
        #[doc = concat!("[`Scope::", stringify!($name), "`] as a type.")]
        #[derive(Debug)]
        pub(crate) enum $name {}
        impl Needs for $name { const SCOPE: Option<Scope> = Some(Scope::$name); }
    )* };
}
scopes!(Capture, Identify, Read, Sell, Configure, Administer);

/// Any caller of the organisation; the handler checks what they may do.
#[derive(Debug)]
pub(crate) enum Anyone {}

impl Needs for Anyone {
    const SCOPE: Option<Scope> = None;
}
