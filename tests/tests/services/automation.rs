//! Follow-up that runs itself, through the API.

mod drafts;
mod entries;
mod leaving;
mod rehearsals;
mod versions;
mod walks;
