//! All kinds of messages. Names stay as they are once they are published, and fields are only added.

use super::{EventType, Field, Kind};
use crate::{
    automation::journey::REACHED_EVENT,
    people::segment::{ENTERED, EXITED},
};

const fn text(name: &'static str, example: &'static str) -> Field {
    let kind = Kind::Text(example);
    Field { name, kind }
}

const fn wide(name: &'static str, example: &'static str) -> Field {
    let kind = Kind::Wide(example);
    Field { name, kind }
}

const fn number(name: &'static str, example: u32) -> Field {
    let kind = Kind::Number(example);
    Field { name, kind }
}

const PLAN: Field = text("plan", "4Nd1mYkQ3cFQSgjAyZJ6yGfYcQb1yVvG6sVnJDJ7jqUv");
const MINT: Field = text("mint", "EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v");
const DECIMALS: Field = number("decimals", 6);
const AMOUNT: Field = wide("amount", "9990000");
const POINTS: Field = wide("points", "100");
const PAID_THROUGH: Field = text("paid_through", "2026-02-01T00:00:00Z");
const LEVELS: Field = number("referral_levels", 1);
const WALLET: Field = text("wallet", "8d3c0f6e-52b1-8a47-9c1d-1f2e3d4c5b6a");
const ACCOUNT: Field = text("account", "2f6a9b10-7c4e-8d21-b0f3-6a5b4c3d2e1f");
const SEQ: Field = wide("seq", "3");
const SEGMENT: Field = text("segment", "keen");

/// A deal reached another stage.
pub const DEAL_MOVED: EventType = EventType {
    name: "deal.moved",
    event: None,
    description: "A deal reached another stage, by a move or a correction. Imported deals are not reported.",
    is_personal: true,
    fields: &[
        text("deal", "0197b5a2-4d6e-7c3a-9f10-2b8c6d4e5f62"),
        text("from", "proposal"),
        text("to", "won"),
        number("version", 5),
    ],
};

/// A lead went to a member of the sales team, or to a queue.
pub const LEAD_ASSIGNED: EventType = EventType {
    name: "lead.assigned",
    event: None,
    description: "A lead went to a member of the sales team, or to a queue.",
    is_personal: true,
    fields: &[
        text("assignment", "0197b5a2-4d6e-7c3a-9f10-2b8c6d4e5f63"),
        text("member", "DaSSNPGeCBsC5dGDDhnKnbR3eQaENt2XbR88qb6iz2n8"),
        text("queue", "sales"),
        text("reason", "turn"),
    ],
};

/// A task is late, and a member or a queue is to hear of it.
pub const TASK_ESCALATED: EventType = EventType {
    name: "task.escalated",
    event: None,
    description: "A task is late, and a manager or a queue is to hear of it.",
    is_personal: true,
    fields: &[
        text("task", "0197b5a2-4d6e-7c3a-9f10-2b8c6d4e5f64"),
        text("kind", "first_call"),
        number("number", 0),
        text("member", "DaSSNPGeCBsC5dGDDhnKnbR3eQaENt2XbR88qb6iz2n8"),
        text("queue", "sales"),
    ],
};

/// The decision about an experiment changed.
pub const EXPERIMENT_DECIDED: EventType = EventType {
    name: "experiment.decided",
    event: None,
    description: "What is decided about an experiment that runs is now another action or another arm.",
    is_personal: false,
    fields: &[
        text("experiment", "pricing-page"),
        number("phase", 1),
        text("action", "ship"),
        text("arm", "b"),
    ],
};

/// A referral came to another state; each of the two people has a message of their own.
const fn referral(name: &'static str, event: &'static str, description: &'static str) -> EventType {
    EventType {
        name,
        event: Some(event),
        description,
        is_personal: true,
        fields: REFERRAL,
    }
}

const REFERRAL: &[Field] = &[
    text("campaign", "spring"),
    number("version", 1),
    text("side", "referrer"),
];

/// All kinds.
pub const CATALOGUE: [EventType; 21] = [
    EventType {
        name: "subscription.subscribed",
        event: Some("subscribed"),
        description: "A wallet subscribed to a plan.",
        is_personal: true,
        fields: &[
            PLAN,
            MINT,
            DECIMALS,
            AMOUNT,
            POINTS,
            PAID_THROUGH,
            wide("period_secs", "0"),
            number("period_months", 1),
            Field {
                name: "quoted",
                kind: Kind::Flag(false),
            },
            LEVELS,
            WALLET,
            ACCOUNT,
            SEQ,
        ],
    },
    EventType {
        name: "subscription.trial_started",
        event: Some("trial_started"),
        description: "A subscription began with a trial.",
        is_personal: true,
        fields: &[
            PLAN,
            text("ends_at", "2026-01-08T00:00:00Z"),
            WALLET,
            ACCOUNT,
            SEQ,
        ],
    },
    EventType {
        name: "subscription.charged",
        event: Some("charged"),
        description: "A period of a subscription was paid.",
        is_personal: true,
        fields: &[
            PLAN,
            MINT,
            DECIMALS,
            AMOUNT,
            POINTS,
            PAID_THROUGH,
            LEVELS,
            WALLET,
            ACCOUNT,
            SEQ,
        ],
    },
    EventType {
        name: "subscription.past_due",
        event: Some("past_due"),
        description: "A payment did not come before its grace ended.",
        is_personal: true,
        fields: &[
            PLAN,
            MINT,
            DECIMALS,
            AMOUNT,
            text("due_at", "2026-01-01T00:00:00Z"),
            WALLET,
            ACCOUNT,
        ],
    },
    EventType {
        name: "subscription.cancelled",
        event: Some("cancelled"),
        description: "A subscription was cancelled; it is served until paid_through.",
        is_personal: true,
        fields: &[PLAN, PAID_THROUGH, WALLET, ACCOUNT, SEQ],
    },
    EventType {
        name: "subscription.lapsed",
        event: Some("lapsed"),
        description: "A subscription ended because a payment did not come.",
        is_personal: true,
        fields: &[PLAN, WALLET, ACCOUNT, SEQ],
    },
    EventType {
        name: "subscription.refunded",
        event: Some("refunded"),
        description: "A payment was given back, in part or in full.",
        is_personal: true,
        fields: &[
            PLAN, MINT, DECIMALS, AMOUNT, POINTS, LEVELS, WALLET, ACCOUNT, SEQ,
        ],
    },
    EventType {
        name: "referral.referred",
        event: Some("referred"),
        description: "A wallet joined through this person's code.",
        is_personal: true,
        fields: &[WALLET, ACCOUNT, SEQ],
    },
    EventType {
        name: "referral.commission_claimed",
        event: Some("commission_claimed"),
        description: "A referrer claimed commission.",
        is_personal: true,
        fields: &[MINT, AMOUNT, WALLET, ACCOUNT, SEQ],
    },
    EventType {
        name: "segment.entered",
        event: Some(ENTERED),
        description: "A person became a member of a segment.",
        is_personal: true,
        fields: &[SEGMENT],
    },
    EventType {
        name: "segment.exited",
        event: Some(EXITED),
        description: "A person is a member of a segment no longer.",
        is_personal: true,
        fields: &[SEGMENT],
    },
    EventType {
        name: "journey.reached",
        event: Some(REACHED_EVENT),
        description: "A person came by a node of a journey that announces it.",
        is_personal: true,
        fields: &[
            text("journey", "nurturing"),
            number("version", 1),
            text("node", "offer"),
            text("name", "has not paid"),
        ],
    },
    referral(
        "referral.qualified",
        "referral_qualified",
        "A referral met a campaign's conditions, and a human can release its rewards.",
    ),
    referral(
        "referral.held",
        "referral_held",
        "A referral met a campaign's conditions, and what checks found holds it back until a human has looked.",
    ),
    referral(
        "referral.released",
        "referral_released",
        "A person released the rewards of a referral; they are now listed as a claim.",
    ),
    referral(
        "referral.rejected",
        "referral_rejected",
        "A referral gets no rewards: a human said no, or its referrer may not refer.",
    ),
    referral(
        "referral.expired",
        "referral_expired",
        "A referral did not meet a campaign's conditions in time.",
    ),
    DEAL_MOVED,
    LEAD_ASSIGNED,
    TASK_ESCALATED,
    EXPERIMENT_DECIDED,
];
