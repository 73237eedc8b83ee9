//! Declares an instruction's accounts, once for all: as Anchor's derive wants them, from which the
//! IDL comes, and for the chain with what the walk in `entry` has to look at.
//!
//! Of each account one line, in their order:
//! - `payer NAME`: signs and pays rent;
//! - `gets NAME`: gets lamports or tokens, and may stand in more places than one;
//! - `signer NAME`;
//! - `NAME`: one that is read or called;
//! - `mut NAME`: one that is written;
//! - `optional NAME`, `mut optional NAME`: the program's own address says that it is absent;
//! - `system NAME`: the System program.

/// Bits of what the walk looks at.
#[cfg(all(target_os = "solana", not(feature = "idl-build")))]
pub mod flag {
    pub const SIGNER: u64 = 1;
    /// More than its lamports.
    pub const WRITTEN: u64 = 2;
    pub const OPTIONAL: u64 = 4;
    /// How many there are for each account.
    pub const BITS: u32 = 3;
}

#[cfg(all(target_os = "solana", not(feature = "idl-build")))]
pub use walked::{Account, Walked, again};

/// An account of which nothing is known but where it stands.
#[cfg(any(not(target_os = "solana"), feature = "idl-build"))]
pub type Account = anchor_lang::prelude::UncheckedAccount;

/// The account once more.
#[cfg(any(not(target_os = "solana"), feature = "idl-build"))]
pub fn again(account: &Account) -> Option<Account> {
    use anchor_lang::AnchorAccount;
    Account::load(*account.account()).ok()
}

/// Accounts as the walk leaves them.
#[cfg(all(target_os = "solana", not(feature = "idl-build")))]
mod walked {
    use anchor_lang::{
        pinocchio::account::{AccountView, RuntimeAccount},
        prelude::Address,
    };
    use core::ptr::NonNull;

    /// An account of which nothing is known but where it stands; absent ones are null.
    #[repr(transparent)]
    pub struct Account(NonNull<RuntimeAccount>);

    impl Account {
        /// # Safety
        /// It is where the runtime put an account.
        #[inline(always)]
        pub unsafe fn new(account: *mut RuntimeAccount) -> Self {
            // SAFETY: the caller's promise.
            Self(unsafe { NonNull::new_unchecked(account) })
        }

        #[inline(always)]
        pub fn address(&self) -> &Address {
            self.account().address()
        }

        #[inline(always)]
        pub fn account(&self) -> &AccountView {
            // SAFETY: a view is nothing but that pointer.
            unsafe { &*core::ptr::from_ref(self).cast() }
        }
    }

    /// The account once more.
    #[inline(always)]
    pub fn again(account: &Account) -> Option<Account> {
        Some(Account(account.0))
    }

    /// An instruction's accounts: a structure of [`Account`]s and `Option<Account>`s, which is what
    /// the walk writes.
    ///
    /// # Safety
    /// There are as many of them as flags, and no other fields.
    pub unsafe trait Walked: Sized {
        /// What to look at, account by account.
        const FLAGS: &'static [u64];
    }
}

/// See the module.
macro_rules! accounts {
    ($(#[$about:meta])* $name:ident { $($body:tt)* }) => {
        $crate::declare::accounts!(@ [$(#[$about])*] $name [] [] [] $($body)*);
    };
    (@ $about:tt $name:ident [$($f:tt)*] [$($c:tt)*] [$($g:tt)*] $(#[$d:meta])* payer $x:ident, $($rest:tt)*) => {
        $crate::declare::accounts!(@ $about $name
            [$($f)* $(#[$d])* #[account(mut, unsafe(dup))] pub $x: anchor_lang::prelude::Signer,]
            [$($c)* ($x $crate::declare::Account)]
            [$($g)* $crate::declare::flag::SIGNER,]
            $($rest)*);
    };
    (@ $about:tt $name:ident [$($f:tt)*] [$($c:tt)*] [$($g:tt)*] $(#[$d:meta])* gets $x:ident, $($rest:tt)*) => {
        $crate::declare::accounts!(@ $about $name
            [$($f)* $(#[$d])* #[account(mut, unsafe(dup))] pub $x: anchor_lang::prelude::UncheckedAccount,]
            [$($c)* ($x $crate::declare::Account)]
            [$($g)* 0,]
            $($rest)*);
    };
    (@ $about:tt $name:ident [$($f:tt)*] [$($c:tt)*] [$($g:tt)*] $(#[$d:meta])* signer $x:ident, $($rest:tt)*) => {
        $crate::declare::accounts!(@ $about $name
            [$($f)* $(#[$d])* pub $x: anchor_lang::prelude::Signer,]
            [$($c)* ($x $crate::declare::Account)]
            [$($g)* $crate::declare::flag::SIGNER,]
            $($rest)*);
    };
    (@ $about:tt $name:ident [$($f:tt)*] [$($c:tt)*] [$($g:tt)*] $(#[$d:meta])* system $x:ident, $($rest:tt)*) => {
        $crate::declare::accounts!(@ $about $name
            [$($f)* $(#[$d])* pub $x: anchor_lang::prelude::Program<anchor_lang::prelude::System>,]
            [$($c)* ($x $crate::declare::Account)]
            [$($g)* 0,]
            $($rest)*);
    };
    (@ $about:tt $name:ident [$($f:tt)*] [$($c:tt)*] [$($g:tt)*] $(#[$d:meta])* mut optional $x:ident, $($rest:tt)*) => {
        $crate::declare::accounts!(@ $about $name
            [$($f)* $(#[$d])* #[account(mut)] pub $x: Option<anchor_lang::prelude::UncheckedAccount>,]
            [$($c)* ($x Option<$crate::declare::Account>)]
            [$($g)* $crate::declare::flag::WRITTEN | $crate::declare::flag::OPTIONAL,]
            $($rest)*);
    };
    (@ $about:tt $name:ident [$($f:tt)*] [$($c:tt)*] [$($g:tt)*] $(#[$d:meta])* mut $x:ident, $($rest:tt)*) => {
        $crate::declare::accounts!(@ $about $name
            [$($f)* $(#[$d])* #[account(mut)] pub $x: anchor_lang::prelude::UncheckedAccount,]
            [$($c)* ($x $crate::declare::Account)]
            [$($g)* $crate::declare::flag::WRITTEN,]
            $($rest)*);
    };
    (@ $about:tt $name:ident [$($f:tt)*] [$($c:tt)*] [$($g:tt)*] $(#[$d:meta])* optional $x:ident, $($rest:tt)*) => {
        $crate::declare::accounts!(@ $about $name
            [$($f)* $(#[$d])* pub $x: Option<anchor_lang::prelude::UncheckedAccount>,]
            [$($c)* ($x Option<$crate::declare::Account>)]
            [$($g)* $crate::declare::flag::OPTIONAL,]
            $($rest)*);
    };
    (@ $about:tt $name:ident [$($f:tt)*] [$($c:tt)*] [$($g:tt)*] $(#[$d:meta])* $x:ident, $($rest:tt)*) => {
        $crate::declare::accounts!(@ $about $name
            [$($f)* $(#[$d])* pub $x: anchor_lang::prelude::UncheckedAccount,]
            [$($c)* ($x $crate::declare::Account)]
            [$($g)* 0,]
            $($rest)*);
    };
    (@ [$($about:tt)*] $name:ident [$($f:tt)*] [$(($x:ident $kind:ty))*] [$($g:tt)*]) => {
        #[cfg(any(not(target_os = "solana"), feature = "idl-build"))]
        #[derive(anchor_lang::prelude::Accounts)]
        $($about)*
        pub struct $name { $($f)* }

        #[cfg(all(target_os = "solana", not(feature = "idl-build")))]
        #[repr(C)]
        $($about)*
        pub struct $name { $(pub $x: $kind,)* }

        // SAFETY: each field comes with a flag.
        #[cfg(all(target_os = "solana", not(feature = "idl-build")))]
        unsafe impl $crate::declare::Walked for $name {
            const FLAGS: &'static [u64] = &[$($g)*];
        }
    };
}
pub(crate) use accounts;
