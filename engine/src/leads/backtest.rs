//! How well two versions of the scoring model would have ranked leads that were won above those
//! that were lost.

use super::{history::decided, scoring_models::absent};
use crate::{
    Error, Result,
    job::{Outcome, Progress},
};
use serde::Serialize;
use serde_json::json;
use tessera_domain::leads::scoring::{Backtest, History, ScoredLead, ScoringModel};
use tessera_store::{rule_set, tenant};

/// Two models on the same leads.
#[derive(Debug, Clone, Serialize)]
pub struct BacktestComparison {
    /// Decided deals that were looked at: the latest 10,000.
    pub deals: usize,
    /// The model that was asked for.
    pub candidate: BacktestReport,
    /// The model in force; none when there is none.
    pub published: Option<BacktestReport>,
}

/// One model's result.
#[derive(Debug, Clone, Serialize)]
pub struct BacktestReport {
    /// The model's version.
    pub version: i32,
    /// How well it ranked the leads.
    pub report: Backtest,
}

/// Scores the latest decided deals under `version` and under the model in force.
///
/// # Errors
/// [`Error::NotFound`] when the version has gone, [`Error::Store`].
pub(crate) async fn backtest(progress: &Progress<'_>, version: i32) -> Result<Outcome> {
    let mut reader = tenant::snapshot(&progress.engine.pool, progress.organisation).await?;
    let candidate = rule_set::scoring_model(&mut reader, Some(version))
        .await?
        .ok_or_else(|| absent(version))?;
    let published = rule_set::scoring_model(&mut reader, None).await?;
    drop(reader);
    let models: Vec<_> = [Some(candidate), published].into_iter().flatten().collect();
    let versions: Vec<i32> = models.iter().map(|(version, _)| *version).collect();
    let scored = decided(progress, move |deal, events, known_until| {
        let history = History {
            events,
            known_until,
            won: deal.won,
        };
        let scored = |(_, model): &(i32, ScoringModel)| ScoredLead::of(model, history);
        models.iter().map(scored).collect::<Vec<_>>()
    })
    .await?;
    let deals = scored.len();
    let mut reports = versions.into_iter().enumerate().map(|(place, version)| {
        let leads = scored
            .iter()
            .filter_map(|scores| scores.get(place).copied());
        BacktestReport {
            version,
            report: Backtest::of(leads),
        }
    });
    let candidate = reports.next().ok_or(Error::Internal("backtest a model"))?;
    Ok(Outcome::Answer(json!(BacktestComparison {
        deals,
        candidate,
        published: reports.next(),
    })))
}
