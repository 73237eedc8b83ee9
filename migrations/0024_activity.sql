-- Rules of channels are versions like other rules.
alter table engine.rule_set drop constraint rule_set_kind_check;
alter table engine.rule_set add constraint rule_set_kind_check
    check (kind in ('event_registry', 'scoring_model', 'price_book', 'funnel', 'segment', 'channel_rules'));

-- A person was last seen when they did something themselves; null when they never did.
alter table engine.person alter column last_seen drop not null;

-- Whether the properties of an event say that a person caused it: neither a machine nor an unknown agent.
create function engine.is_by_a_person(properties jsonb) returns boolean
    language sql immutable parallel safe
    return properties -> 'machine' is distinct from 'true'
       and coalesce(properties ->> 'agent', '') not in ('machine', 'unknown');
grant execute on function engine.is_by_a_person to tessera_tenant;
