use crate::{
    arguments::AuditArguments,
    audit::{self, AuditError, Mismatch, Nothing, Options, Proof, json},
    chain::Chain,
    commands::node,
    database, out,
};
use anyhow::{Context, Result};
use std::{path::Path, process::ExitCode};
use tessera_client::audit::Scope;

const FINDINGS: u8 = 1;
const INCOMPLETE: u8 = 2;
const REFUSED: u8 = 3;

/// The outcome of an audit.
struct Outcome {
    proof: Proof,
    scope: Scope,
    same_program: Option<bool>,
    mirror: Option<Vec<Mismatch>>,
}

impl Outcome {
    fn is_clean(&self) -> bool {
        self.same_program != Some(false)
            && self.proof.report.wrong.is_empty()
            && self.mirror.as_ref().is_none_or(Vec::is_empty)
    }
}

pub(crate) async fn run(arguments: AuditArguments) -> Result<ExitCode> {
    let json = arguments.json;
    let checkpoint = arguments.checkpoint.clone();
    match audit(arguments).await {
        Ok(outcome) => {
            show(&outcome, json, checkpoint.as_deref());
            let code = if outcome.is_clean() { 0 } else { FINDINGS };
            Ok(ExitCode::from(code))
        }
        Err(error) => {
            if json {
                say!("{:#}", json::incomplete(&format!("{error:#}")));
            }
            out::error(&error);
            let refused = matches!(error.downcast_ref(), Some(AuditError::Checkpoint { .. }));
            Ok(ExitCode::from(if refused { REFUSED } else { INCOMPLETE }))
        }
    }
}

fn show(outcome: &Outcome, json: bool, checkpoint: Option<&Path>) {
    let Outcome {
        proof,
        scope,
        same_program,
        mirror,
    } = outcome;
    if json {
        let clean = outcome.is_clean();
        let report = json::report(proof, scope, *same_program, mirror.as_deref(), clean);
        say!("{report:#}");
        return;
    }
    if let Some(same) = same_program {
        let verdict = if *same { "is" } else { "is NOT" };
        say!("program: the file {verdict} what is deployed");
    }
    audit::print(&proof.report, *same_program, mirror.as_deref());
    let since = match proof.since {
        Some(slot) => format!("from the checkpoint at slot {slot}"),
        None => "from the network's beginning".to_owned(),
    };
    say!(
        "slot {}, {since}: {} transactions, {} receipts",
        proof.position.slot,
        proof.figures.transactions,
        proof.figures.receipts
    );
    if let Some(path) = checkpoint {
        match proof.left_checkpoint {
            true => say!("the next audit can go on from {}", path.display()),
            false => say!("no checkpoint is left: the audit was of a part, or found something"),
        }
    }
}

async fn audit(arguments: AuditArguments) -> Result<Outcome> {
    let node = node(&arguments.rpc.rpc_urls)?;
    let chain = Chain::over(node.clone());
    let same_program = match &arguments.program {
        None => None,
        Some(path) => {
            let elf = std::fs::read(path)
                .with_context(|| format!("cannot read --program {}", path.display()))?;
            Some(audit::is_deployed(&chain, &elf).await?)
        }
    };
    let scope = match (arguments.member, arguments.org) {
        (Some(member), _) => audit::scope_of_member(&*node, member).await?,
        (None, Some(org)) => audit::scope_of_org(&*node, org).await?,
        (None, None) => Scope::default(),
    };
    let options = Options {
        scope,
        checkpoint: arguments.checkpoint,
        found: same_program == Some(false),
        ..Options::default()
    };
    let (proof, mirror) = match arguments.database {
        None => {
            let proof = audit::prove(&*node, &chain, &options, &mut Nothing).await?;
            (proof, None)
        }
        Some(url) => {
            let pool = database::connect("--database", &url, 2).await?;
            let (proof, mirror) = audit::prove_with_mirror(&*node, &chain, &options, &pool).await?;
            (proof, Some(mirror))
        }
    };
    Ok(Outcome {
        proof,
        scope,
        same_program,
        mirror,
    })
}
