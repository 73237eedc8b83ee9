//! Programs in front of the program, as many as the runtime allows and one more.

use super::*;
use crate::attacks::stage::{Outcome, Stage};
use world::forwarder::forwarded;

/// More than the runtime has levels.
const DEEPEST: usize = 16;

/// At every depth a call does what it does at none, or the runtime refuses it and nothing was done:
/// no depth is reached at which a payment goes through and its receipt, or a booking, does not.
#[test]
fn at_every_depth_a_call_does_all_of_it_or_nothing() {
    for mut stage in [Stage::new(), Stage::token_2022()] {
        stage.world.add_forwarder();
        let mut shallowest = DEEPEST;
        for call in stage.calls() {
            let usual = stage.effect(&call);
            let mut instruction = call.instruction.clone();
            let mut refused_at = None;
            for depth in 1..DEEPEST {
                instruction = forwarded(&instruction);
                match stage.outcome(&call, &usual, &instruction) {
                    Outcome::AsUsual => assert_eq!(refused_at, None, "{}", call.title()),
                    Outcome::Refused(refusal) => {
                        let too_deep = refusal.is(&InstructionError::CallDepth);
                        assert!(too_deep, "{}: {}", call.title(), refusal.name());
                        refused_at = refused_at.or(Some(depth));
                    }
                    Outcome::Otherwise(_) => panic!("{} at {depth}", call.title()),
                }
            }
            let refused_at = refused_at.expect("somewhere");
            shallowest = shallowest.min(refused_at);
        }
        // A multisig and a program in front of it are in nobody's way.
        assert!(shallowest > 2, "{shallowest}");
    }
}
