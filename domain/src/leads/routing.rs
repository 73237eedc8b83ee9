//! Who gets a lead. A lead of an institution goes to the owner of its account, any other to a member of
//! the team who can take it, in turns by weight; to a queue when there is none.
//!
//! Everything that an assignment depends on is an argument: the team, how many open leads each member has,
//! whose turn it is, and the moment. So the same arguments give the same assignment, in whatever order the
//! members are listed, and each assignment says why it came about and why others were passed over.

mod assign;
mod fit;
mod team;
mod turns;

pub use assign::{Assignment, PassedOver, Reason, RoutedLead, assign};
pub use fit::Obstacle;
pub use team::{
    Away, MAX_AWAY, MAX_CAPACITY, MAX_MEMBERS, MAX_NAME_CHARS, MAX_SKILLS, MAX_WEIGHT, Member, Team,
};
pub use turns::Turns;
