//! Follow-up that runs itself, through the API.

mod drafts;
mod entries;
mod health;
mod holdouts;
mod invitations;
mod leaving;
mod presets;
mod recommendations;
mod referrals;
mod rehearsals;
mod subscriptions;
mod tasks;
mod uplift;
mod versions;
mod walks;
