//! Makes a sequence that fails as short and as plain as it can be, and prints it as a test.

use super::{
    failure::Failure,
    stage::Stage,
    step::{CHOICES, Step},
};
use std::fmt::Write;

/// How often a sequence is played again at most.
const TRIES: usize = 2_000;

/// Plays a sequence and audits what came of it; where it fails, how far it came.
pub(crate) fn play(beginning: &Stage, steps: &[Step]) -> (Stage, Result<(), (usize, Failure)>) {
    let mut stage = beginning.fork();
    for (at, step) in steps.iter().enumerate() {
        if let Err(failure) = stage.play(step) {
            return (stage, Err((at, failure)));
        }
    }
    let audited = stage.audit();
    (
        stage,
        audited.map_err(|failure| (steps.len().saturating_sub(1), failure)),
    )
}

/// A sequence under way to a shorter one that breaks the same law.
struct Shrinking<'a> {
    beginning: &'a Stage,
    steps: Vec<Step>,
    failure: Failure,
    tries: usize,
}

/// The shortest sequence found that breaks the same law, and how.
pub(crate) fn shrink(beginning: &Stage, steps: &[Step], failure: Failure) -> (Vec<Step>, Failure) {
    let mut shrinking = Shrinking {
        beginning,
        steps: steps.to_vec(),
        failure,
        tries: 0,
    };
    loop {
        let before = shrinking.steps.clone();
        shrinking.drop_chunks();
        shrinking.call_by_name();
        shrinking.simplify();
        if shrinking.steps == before {
            break;
        }
    }
    (shrinking.steps, shrinking.failure)
}

impl Shrinking<'_> {
    /// Takes the steps over when they still break the law.
    fn attempt(&mut self, steps: &[Step]) -> bool {
        self.tries += 1;
        if self.tries > TRIES {
            return false;
        }
        let (_, Err((at, failure))) = play(self.beginning, steps) else {
            return false;
        };
        let same = failure.law == self.failure.law;
        if same {
            self.steps = steps[..=at].to_vec();
            self.failure = failure;
        }
        same
    }

    /// Leaves out halves, quarters and so on, down to single steps, from the end.
    fn drop_chunks(&mut self) {
        let mut size = self.steps.len().div_ceil(2);
        loop {
            let mut end = self.steps.len();
            while end > 0 {
                let start = end.saturating_sub(size);
                let rest = [&self.steps[..start], &self.steps[end..]].concat();
                end = match self.attempt(&rest) {
                    true => start.min(self.steps.len()),
                    false => start,
                };
            }
            if size <= 1 {
                return;
            }
            size = size.div_ceil(2);
        }
    }

    /// Names each step by what it was played as.
    fn call_by_name(&mut self) {
        let mut stage = self.beginning.fork();
        let mut steps = self.steps.clone();
        for step in &mut steps {
            // The last one fails.
            let _ = stage.play(step);
            step.act = stage.played.unwrap_or(step.act);
        }
        self.attempt(&steps);
    }

    /// Replaces every number by plainer ones, the plainest first.
    fn simplify(&mut self) {
        for at in 0..self.steps.len() {
            for choice in (0..CHOICES).rev() {
                self.simplify_number(at, |step| &mut step.choices[choice]);
            }
            self.simplify_number(at, |step| &mut step.attack);
        }
    }

    fn simplify_number(&mut self, at: usize, number: impl Fn(&mut Step) -> &mut u32) {
        let Some(mut step) = self.steps.get(at).copied() else {
            return;
        };
        let now = *number(&mut step);
        for plainer in [0, 1, 2, 3, now % 8, now % 24, now % 240, now % 5_040] {
            if plainer >= now {
                continue;
            }
            *number(&mut step) = plainer;
            let mut steps = self.steps.clone();
            steps[at] = step;
            if self.attempt(&steps) {
                return;
            }
        }
    }
}

/// A test that plays these steps, as `found` has them.
pub(crate) fn as_test(steps: &[Step]) -> String {
    let mut text = String::from("#[test]\nfn found() {\n    let steps = [\n");
    for step in steps {
        writeln!(text, "        {step:?},").expect("a string takes all");
    }
    text + "    ];\n    assert_eq!(replay(&steps), Ok(()));\n}\n"
}
