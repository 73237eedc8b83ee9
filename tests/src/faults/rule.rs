//! Rules that choose faults: tried in the order in which they were made; the first that applies
//! wins.

use rand::{Rng, SeedableRng, rngs::StdRng};
use serde_json::Value;
use std::{
    borrow::Cow,
    collections::BTreeMap,
    fmt,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

/// A change of a result, given the parameters and the result.
type Change = dyn Fn(&Value, &mut Value) + Send + Sync;

/// A fault of a call.
#[derive(Clone)]
pub enum Fault {
    /// The connection ends; the node is not asked.
    Drop,
    /// The node executes the call, and the connection ends without its answer.
    LoseAnswer,
    /// The connection stays and no answer comes.
    HalfOpen,
    /// The answer comes later. Later rules still apply.
    Delay(Duration),
    /// An HTTP status other than success, with a page of HTML.
    Status(u16),
    /// HTTP 429, with this many seconds in `Retry-After`, if given.
    TooManyRequests(Option<u32>),
    /// Half of the answer, as if it were all.
    Truncate,
    /// Half of the answer, then the end of the connection.
    CutOff,
    /// Half of the answer, then nothing.
    Stall,
    /// The answer after this many spaces.
    Pad(usize),
    /// Success, with a page of HTML.
    Garbage,
    /// A JSON-RPC error; -32601 refuses the method.
    Code(i64),
    /// The result `null`.
    Null,
    /// A transaction whose inner instructions are `null`, also within a block.
    WithholdInner,
    /// A list with each of its entries twice.
    Twice,
    /// Another change of the result.
    Edit {
        /// The name under which it is counted.
        kind: &'static str,
        /// The change.
        change: Arc<Change>,
    },
}

impl Fault {
    /// A fault that changes the result; `change` gets the parameters and the result.
    pub fn edit(
        kind: &'static str,
        change: impl Fn(&Value, &mut Value) + Send + Sync + 'static,
    ) -> Self {
        Self::Edit {
            kind,
            change: Arc::new(change),
        }
    }
}

/// A fault of a message over a WebSocket.
#[derive(Clone)]
pub enum SocketFault {
    /// The connection ends.
    Drop,
    /// The connection stays, and nothing is heard on it from then on.
    HalfOpen,
    /// It comes later, and so does what follows. Later rules still apply.
    Delay(Duration),
    /// It does not come.
    Lose,
    /// It comes twice.
    Twice,
    /// It comes after the next one.
    Swap,
    /// Something other than JSON comes.
    Garbage,
    /// A JSON-RPC error comes: as the answer to a subscription, otherwise in place of the message.
    Refuse(i64),
}

/// A fault as rules see it.
pub(super) trait Kind: Clone {
    /// The name under which it is counted.
    fn kind(&self) -> Cow<'static, str>;
    /// Whether the next rules still apply.
    fn goes_on(&self) -> bool;
}

impl Kind for Fault {
    fn kind(&self) -> Cow<'static, str> {
        match self {
            Self::Drop => "connection dropped".into(),
            Self::LoseAnswer => "answer lost".into(),
            Self::HalfOpen => "half-open".into(),
            Self::Delay(_) => "delayed".into(),
            Self::Status(status) => format!("HTTP {status}").into(),
            Self::TooManyRequests(_) => "HTTP 429".into(),
            Self::Truncate => "truncated".into(),
            Self::CutOff => "cut off".into(),
            Self::Stall => "stalled".into(),
            Self::Pad(_) => "padded".into(),
            Self::Garbage => "garbage".into(),
            Self::Code(code) => code.to_string().into(),
            Self::Null => "null".into(),
            Self::WithholdInner => "inner instructions withheld".into(),
            Self::Twice => "entries twice".into(),
            Self::Edit { kind, .. } => (*kind).into(),
        }
    }

    fn goes_on(&self) -> bool {
        matches!(self, Self::Delay(_))
    }
}

impl Kind for SocketFault {
    fn kind(&self) -> Cow<'static, str> {
        match self {
            Self::Drop => "socket dropped".into(),
            Self::HalfOpen => "socket half-open".into(),
            Self::Delay(_) => "message delayed".into(),
            Self::Lose => "message lost".into(),
            Self::Twice => "message twice".into(),
            Self::Swap => "messages swapped".into(),
            Self::Garbage => "message garbage".into(),
            Self::Refuse(code) => format!("socket {code}").into(),
        }
    }

    fn goes_on(&self) -> bool {
        matches!(self, Self::Delay(_))
    }
}

impl fmt::Debug for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.kind())
    }
}

impl fmt::Debug for SocketFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.kind())
    }
}

/// How often each kind was injected.
#[derive(Default)]
pub(super) struct Counts(Mutex<BTreeMap<String, u64>>);

impl Counts {
    pub(super) fn add(&self, kind: impl Into<String>) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *counts.entry(kind.into()).or_default() += 1;
    }

    pub(super) fn all(&self) -> BTreeMap<String, u64> {
        let counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counts.clone()
    }
}

/// The rules of one kind of traffic.
pub(super) struct Rules<F>(Mutex<Book<F>>);

struct Book<F> {
    rules: Vec<Rule<F>>,
    random: StdRng,
}

struct Rule<F> {
    scope: Scope,
    fault: F,
    applied: Arc<AtomicU64>,
}

/// The messages that a rule applies to.
#[derive(Default)]
struct Scope {
    /// The method or direction; none is all.
    subject: Option<String>,
    naming: Option<String>,
    skip: u64,
    left: Option<u64>,
    probability: Option<f64>,
}

impl Scope {
    /// Whether the rule applies to this message; counts it among those to skip or to hit.
    fn takes(&mut self, subject: &str, text: &str, random: &mut StdRng) -> bool {
        let about = self.subject.as_deref().is_none_or(|it| it == subject)
            && self.naming.as_deref().is_none_or(|it| text.contains(it));
        if !about || self.left == Some(0) {
            return false;
        }
        if self.skip > 0 {
            self.skip -= 1;
            return false;
        }
        if self.probability.is_some_and(|it| !random.random_bool(it)) {
            return false;
        }
        self.left = self.left.map(|left| left - 1);
        true
    }
}

impl<F: Kind> Rules<F> {
    pub(super) fn new(seed: u64) -> Self {
        Self(Mutex::new(Book {
            rules: Vec::new(),
            random: StdRng::seed_from_u64(seed),
        }))
    }

    pub(super) fn clear(&self) {
        let mut book = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        book.rules.clear();
    }

    /// The faults of a message with this text: delays, then at most one other fault.
    pub(super) fn pick(&self, subject: &str, text: &str, counts: &Counts) -> Vec<F> {
        let mut picked = Vec::new();
        let mut book = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Book { rules, random } = &mut *book;
        for rule in rules {
            if !rule.scope.takes(subject, text, random) {
                continue;
            }
            rule.applied.fetch_add(1, Ordering::SeqCst);
            counts.add(rule.fault.kind());
            picked.push(rule.fault.clone());
            if !rule.fault.goes_on() {
                break;
            }
        }
        picked
    }

    pub(super) fn when(&self, subject: Option<String>) -> When<'_, F> {
        When {
            rules: self,
            scope: Scope {
                subject,
                ..Scope::default()
            },
        }
    }
}

/// A rule under construction: conditions, then [`When::answer`] with a fault.
#[must_use = "a rule begins with its answer"]
pub struct When<'a, F> {
    rules: &'a Rules<F>,
    scope: Scope,
}

#[expect(private_bounds, reason = "only the faults of this module")]
impl<F: Kind> When<'_, F> {
    /// Only messages that contain this text: a signature, an address, or a kind of notification.
    pub fn naming(mut self, text: impl fmt::Display) -> Self {
        self.scope.naming = Some(text.to_string());
        self
    }

    /// Not the first `count`.
    pub fn after(mut self, count: u64) -> Self {
        self.scope.skip = count;
        self
    }

    /// Only `count` times.
    pub fn for_next(mut self, count: u64) -> Self {
        self.scope.left = Some(count);
        self
    }

    /// By chance, from 0.0 (never) to 1.0 (always), from the proxy's seed.
    pub fn with_probability(mut self, probability: f64) -> Self {
        self.scope.probability = Some(probability);
        self
    }

    /// Makes the rule.
    pub fn answer(self, fault: F) -> Applied {
        let applied = Arc::<AtomicU64>::default();
        let mut book = self.rules.0.lock().unwrap_or_else(PoisonError::into_inner);
        book.rules.push(Rule {
            scope: self.scope,
            fault,
            applied: applied.clone(),
        });
        Applied(applied)
    }
}

/// How often a rule has applied.
#[derive(Clone, Debug)]
pub struct Applied(Arc<AtomicU64>);

impl Applied {
    /// How often it has applied so far.
    #[must_use]
    pub fn times(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }
}
