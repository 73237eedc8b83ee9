-- What a stranger with the key of a page can do: take nobody's Idempotency-Key, and fill nothing.

-- A key is its caller's own; of the answers that are kept, nobody knows whose they are.
delete from engine.idempotency;
alter table engine.idempotency drop constraint idempotency_pkey;
alter table engine.idempotency
    -- The API key or wallet, as it is written into records.
    add column caller text not null,
    add constraint idempotency_pkey primary key (organisation, caller, key);

-- The same refused message is kept once.
alter table engine.dead_letter
    -- Of the message and the reason, keyed by organisation.
    add column digest uuid not null default gen_random_uuid();
alter table engine.dead_letter
    add constraint dead_letter_organisation_digest_key unique (organisation, digest);
