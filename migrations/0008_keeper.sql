-- What keepers know beside the mirror: which subscriptions are left alone for a while, and their lookup
-- tables. It is kept when the mirror is emptied: times are the network's, not the database's.

create table keeper_postponed (
    subscription pubkey primary key,
    -- Which period: a later one is another matter.
    next_due     bigint not null,
    -- Until when it is left alone, the network's clock, Unix seconds.
    until        bigint not null,
    -- How long that is, seconds; the next time it is twice as long.
    pause        bigint not null,
    reason       text not null
);

create table keeper_table (
    address      pubkey primary key,
    -- Who may extend and close it, and gets the rent back.
    keeper       pubkey not null,
    -- When it last served, the network's clock, Unix seconds.
    used_at      bigint not null,
    -- The slot that its address follows from: none other can make it.
    made_slot    bigint not null
);
create index keeper_table_keeper on keeper_table (keeper);

-- A keeper also ends what no charge can reach, so it looks at all that is due.
drop index if exists subscription_due;
create index subscription_due on subscription (next_due, address)
    where state in (1, 2, 3) and not closed;
