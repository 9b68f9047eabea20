//! How a request would be run, as text.

use super::plan::Planner;
use super::shared::SharedTables;
use super::{Engine, Request};
use crate::error::Result;
use crate::ir::Scalar;
use crate::source::Source;
use crate::types::Type;
use crate::value::Value;

/// Longer lines of a plan are cut: the constants in one may be as long as the data.
const LONGEST_LINE: usize = 2000;

impl Engine {
    /// What a request means, and how it would be run: the core, and DataFusion's optimised plan.
    pub async fn explain(&self, source: &Source, request: &Request) -> Result<String> {
        let request = &self.at_one_time(request);
        let bound = self.bind_with_data(source, request).await?;
        let shared = SharedTables::default();
        let mut text = String::new();
        for output in bound.results {
            text.push_str(&crate::ir::display::explain(&output.rel));
            // Sub-queries run first; for the explanation a null stands for what they yield.
            let rel = output.rel.map_scalars(&mut |scalar| match scalar {
                Scalar::Subquery(_, ty) => Scalar::Literal(Value::Null(ty)),
                Scalar::InSubquery { .. } => Scalar::Literal(Value::Null(Type::Bool)),
                other => other,
            });
            shared.pretend(&rel)?;
            let session = &self.sessions.thorough;
            let columns = rel.columns();
            let rel = rel.pruned(&columns.iter().map(|column| column.id).collect());
            let plan = Planner::new(&self.catalog, &shared, session).plan_root(rel, &columns)?;
            let plan = session.state().optimize(&plan)?;
            text.push_str(&format!("\n{}\n", abridged(&plan.display_indent().to_string())));
        }
        Ok(text)
    }
}

/// A plan of lines that can be read.
fn abridged(plan: &str) -> String {
    let short = |line: &str| match line.char_indices().nth(LONGEST_LINE) {
        Some((end, _)) => format!("{} … ({} more bytes)", &line[..end], line.len() - end),
        None => line.to_owned(),
    };
    plan.lines().map(short).collect::<Vec<_>>().join("\n")
}
