//! Stores receipts with their payments: lives first, then receipts, then money.
//!
//! No one else stores any in the meantime, so missing receipts are found first and then copied in.

mod rows;

use super::{Body, NewReceipt, Place, PlanOf, undo::forget};
use crate::{
    Key, Result,
    mirror::life::{self, LifeKey, Standing},
};
use rows::Resolved;
use sqlx::PgConnection;
use std::collections::{HashMap, HashSet};

/// The effect of storing receipts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Inserted {
    /// Number of new receipts.
    pub new: usize,
    /// Number of stored receipts that contradicted them and were removed.
    pub replaced: usize,
    /// Lives of which a receipt came out of order, or before the plan that they belong to: their
    /// receipts have to be assigned to plans again.
    pub disordered: Vec<i32>,
}

/// Stores receipts, each account's in their order, behind
/// [`cursor::fence`](crate::mirror::cursor::fence), so that no one else stores any. `settled` ones
/// are final, so that stored ones which contradict them are wrong.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn insert(
    conn: &mut PgConnection,
    receipts: &[NewReceipt],
    settled: bool,
) -> Result<Inserted> {
    if receipts.is_empty() {
        return Ok(Inserted::default());
    }
    let (mut lives, adopted) = life::open(&mut *conn, receipts).await?;
    let later = follow_each_other(receipts, &lives) && follow_stored(&mut *conn, receipts).await?;
    let mut disordered: HashSet<i32> = adopted.into_iter().collect();
    let plans = put_under_plans(receipts, &mut lives, &mut disordered);
    let plan_ids = life::ids(&mut *conn, &plans).await?;
    let resolved = resolve(receipts, &lives, &plans, &plan_ids);
    let mut new: Vec<usize> = (0..receipts.len()).collect();
    let mut removed = Vec::new();
    if !later {
        let given = Given::new(&resolved);
        new = given.missing(&mut *conn).await?;
        if settled && new.len() < receipts.len() {
            removed = given.remove_contradicted(&mut *conn).await?;
            if !removed.is_empty() {
                new = given.missing(&mut *conn).await?;
            }
        }
    }
    rows::store(&mut *conn, new.iter().map(|index| &resolved[*index])).await?;
    let mut replaced = 0;
    if !removed.is_empty() {
        // Only after the insertion is it known which lives have no receipt left.
        replaced = forget(conn, removed).await?.receipts;
    }
    Ok(Inserted {
        new: new.len(),
        replaced,
        disordered: disordered.into_iter().collect(),
    })
}

/// Whether each receipt has a later place than the one before it, and a higher number than earlier
/// ones of its life.
fn follow_each_other(receipts: &[NewReceipt], lives: &HashMap<LifeKey, Standing>) -> bool {
    let mut last: HashMap<LifeKey, i64> = HashMap::with_capacity(lives.len());
    let rising = receipts.is_sorted_by(|one, next| one.place < next.place);
    rising
        && receipts.iter().all(|receipt| {
            let life = LifeKey::of(receipt);
            let stored = lives.get(&life).map_or(0, |life| life.seq);
            let before = last.insert(life, receipt.seq).unwrap_or(stored);
            receipt.seq > before
        })
}

/// Whether they have later places than all stored receipts.
async fn follow_stored(conn: &mut PgConnection, receipts: &[NewReceipt]) -> Result<bool> {
    let last = sqlx::query_as!(
        Place,
        "select slot, tx_index, outer_ix, inner_ix from receipt
         order by slot desc, tx_index desc, outer_ix desc, inner_ix desc limit 1",
    )
    .fetch_optional(conn)
    .await?;
    let first = receipts.first().map(|receipt| receipt.place);
    Ok(last < first)
}

/// The plan that each receipt is under. Adds to `disordered` the lives of which one comes out of
/// order.
fn put_under_plans(
    receipts: &[NewReceipt],
    lives: &mut HashMap<LifeKey, Standing>,
    disordered: &mut HashSet<i32>,
) -> Vec<Option<Key>> {
    let plan = |receipt: &NewReceipt| {
        // Every life was opened.
        let life = lives.get_mut(&LifeKey::of(receipt))?;
        if receipt.seq > life.seq + 1 || receipt.seq < life.seq {
            disordered.insert(life.id);
        }
        life.seq = life.seq.max(receipt.seq);
        match receipt.plan {
            PlanOf::Stated(plan) => life.plan = Some(plan),
            PlanOf::Agreed => life.plan = life.agreed.or(life.plan),
            PlanOf::Before => {}
        }
        if let Some(agreed) = agreed(receipt) {
            life.agreed = Some(agreed);
        }
        life.plan
    };
    receipts.iter().map(plan).collect()
}

/// The plan that a change of plan agrees on, even if it begins later.
fn agreed(receipt: &NewReceipt) -> Option<Key> {
    let plan = receipt.body.first_chunk::<32>();
    plan.filter(|_| receipt.kind == "PlanChanged")
        .map(|plan| Key(*plan))
}

fn resolve<'a>(
    receipts: &'a [NewReceipt],
    lives: &HashMap<LifeKey, Standing>,
    plans: &[Option<Key>],
    plan_ids: &HashMap<Key, i32>,
) -> Vec<Resolved<'a>> {
    let resolve = |(receipt, plan): (&'a NewReceipt, &Option<Key>)| {
        let life = lives.get(&LifeKey::of(receipt));
        Resolved {
            receipt,
            body: Body::pack(&receipt.body),
            life_id: life.map_or(0, |life| life.id),
            org_id: life.and_then(|life| life.org_id),
            plan_id: plan.and_then(|plan| plan_ids.get(&plan).copied()),
        }
    };
    receipts.iter().zip(plans).map(resolve).collect()
}

/// What identifies receipts, one column for each field.
struct Given<'a> {
    slots: Vec<i64>,
    tx_indexes: Vec<i32>,
    outer: Vec<i16>,
    inner: Vec<i16>,
    life_ids: Vec<i32>,
    seqs: Vec<i64>,
    signatures: Vec<&'a [u8]>,
    bodies: Vec<&'a [u8]>,
}

impl<'a> Given<'a> {
    fn new(receipts: &'a [Resolved<'a>]) -> Self {
        let places = || receipts.iter().map(|it| it.receipt.place);
        Self {
            slots: places().map(|place| place.slot).collect(),
            tx_indexes: places().map(|place| place.tx_index).collect(),
            outer: places().map(|place| place.outer_ix).collect(),
            inner: places().map(|place| place.inner_ix).collect(),
            life_ids: receipts.iter().map(|it| it.life_id).collect(),
            seqs: receipts.iter().map(|it| it.receipt.seq).collect(),
            signatures: receipts
                .iter()
                .map(|it| it.receipt.signature.as_slice())
                .collect(),
            bodies: receipts.iter().map(|it| it.body.as_slice()).collect(),
        }
    }

    /// The receipts that are not stored and contradict neither a stored one nor an earlier one of
    /// these.
    async fn missing(&self, conn: &mut PgConnection) -> Result<Vec<usize>> {
        let missing = sqlx::query_scalar!(
            r#"select place as "place!"
               from unnest($1::bigint[], $2::integer[], $3::smallint[], $4::smallint[], $5::integer[],
                           $6::bigint[]) with ordinality
                   new (slot, tx_index, outer_ix, inner_ix, life_id, seq, place)
               where not exists (
                         select from receipt
                         where receipt.slot = new.slot and receipt.tx_index = new.tx_index
                           and receipt.outer_ix = new.outer_ix and receipt.inner_ix = new.inner_ix)
                 and not exists (
                         select from receipt
                         where receipt.life_id = new.life_id and receipt.seq = new.seq)
               order by place"#,
            &self.slots,
            &self.tx_indexes,
            &self.outer,
            &self.inner,
            &self.life_ids,
            &self.seqs,
        )
        .fetch_all(conn)
        .await?;
        let (mut places, mut numbers) = (HashSet::new(), HashSet::new());
        let missing = missing.into_iter();
        let indexes = missing.filter_map(|place| usize::try_from(place - 1).ok());
        Ok(indexes
            .filter(|index| {
                let it = *index;
                let place = (
                    self.slots[it],
                    self.tx_indexes[it],
                    self.outer[it],
                    self.inner[it],
                );
                let number = (self.life_ids[it], self.seqs[it]);
                let alone = !places.contains(&place) && !numbers.contains(&number);
                if alone {
                    places.insert(place);
                    numbers.insert(number);
                }
                alone
            })
            .collect())
    }

    /// Removes other receipts that have the place or the number of one of these; returns the life
    /// of each.
    async fn remove_contradicted(&self, conn: &mut PgConnection) -> Result<Vec<i32>> {
        Ok(sqlx::query_scalar!(
            "delete from receipt using
                 unnest($1::bigint[], $2::integer[], $3::smallint[], $4::smallint[], $5::integer[],
                        $6::bigint[], $7::bytea[], $8::bytea[])
                 new (slot, tx_index, outer_ix, inner_ix, life_id, seq, signature, body)
             where (receipt.slot = new.slot and receipt.tx_index = new.tx_index
                        and receipt.outer_ix = new.outer_ix and receipt.inner_ix = new.inner_ix
                    or receipt.life_id = new.life_id and receipt.seq = new.seq)
               and (receipt.slot, receipt.tx_index, receipt.outer_ix, receipt.inner_ix,
                    receipt.life_id, receipt.seq, receipt.signature, receipt.body)
                   is distinct from
                   (new.slot, new.tx_index, new.outer_ix, new.inner_ix,
                    new.life_id, new.seq, new.signature, new.body)
             returning receipt.life_id",
            &self.slots,
            &self.tx_indexes,
            &self.outer,
            &self.inner,
            &self.life_ids,
            &self.seqs,
            &self.signatures as _,
            &self.bodies as _,
        )
        .fetch_all(conn)
        .await?)
    }
}
