//! Relations that stand in several places of a request: which of them are run once, and which are put in their places.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{Body, Column, ColumnId, Rel, Scalar, Sharing};

/// Nodes of a request from which on named relations are run once even where nobody asked for it. A plan of a few
/// hundred nodes takes longer to make than to run, and a chain of names doubles its size with each link.
const LARGE: usize = 250;

/// Nodes up to which a relation that only reads and narrows is put in its places even in a large request: there each
/// use reads what it needs of a table, while the rows kept for all of them would be most of the table.
const LIGHT: usize = 40;

/// Decides about each [`Rel::Shared`]: one that is used once, or that is not worth sharing, is replaced by what it
/// stands for; the others keep only the columns that some use reads. `next` gives new identities of columns.
pub fn settle(roots: Vec<Rel>, next: &mut dyn FnMut() -> ColumnId) -> Vec<Rel> {
    let mut parts = BTreeMap::new();
    let mut uses = Uses::default();
    roots.iter().for_each(|root| collect(root, &mut uses, &mut parts));
    if parts.is_empty() {
        return roots;
    }
    let kept = choose(&uses, &parts);
    let mut settler = Settler { kept, parts: &parts, done: BTreeMap::new(), next };
    let mut roots: Vec<Rel> = roots.into_iter().map(|root| settler.settled(root)).collect();
    let Settler { kept, done, .. } = settler;
    let mut wanted = Wanted::default();
    roots.iter().for_each(|root| wanted.meet(root));
    // Inner relations first, so that outer ones hold them as they will be.
    let mut finished: BTreeMap<u32, Arc<Rel>> = BTreeMap::new();
    for (id, rel) in done.into_iter().filter(|(id, _)| kept.contains(id)) {
        let mut rel = narrowed((*rel).clone(), wanted.of(id));
        narrow_uses(&mut rel, &wanted, &finished);
        finished.insert(id, Arc::new(rel));
    }
    roots.iter_mut().for_each(|root| narrow_uses(root, &wanted, &finished));
    roots
}

/// How often each shared relation is used, and how many other nodes there are.
#[derive(Default)]
struct Uses {
    counts: BTreeMap<u32, usize>,
    nodes: usize,
}

/// A shared relation: what it is, whether it was asked for, and what it uses itself.
struct Part {
    input: Arc<Rel>,
    sharing: Sharing,
    uses: Uses,
}

fn collect(rel: &Rel, uses: &mut Uses, parts: &mut BTreeMap<u32, Part>) {
    uses.nodes += 1;
    if let Rel::Shared { id, input, sharing, .. } = rel {
        *uses.counts.entry(*id).or_default() += 1;
        if !parts.contains_key(id) {
            let mut inner = Uses::default();
            collect(input, &mut inner, parts);
            parts.insert(*id, Part { input: Arc::clone(&input.0), sharing: *sharing, uses: inner });
        }
    }
    for subquery in own_subqueries(rel) {
        collect(subquery, uses, parts);
    }
    rel.inputs().into_iter().for_each(|input| collect(input, uses, parts));
}

/// The sub-queries in the scalars of one node.
fn own_subqueries(rel: &Rel) -> Vec<&Rel> {
    let mut found = Vec::new();
    rel.visit_own_scalars(&mut |scalar| {
        if let Scalar::Subquery(inner, _) | Scalar::InSubquery { rel: inner, .. } = scalar {
            found.push(&**inner);
        }
    });
    found
}

/// The relations that are run once. Identities grow outwards, so the outermost are looked at first.
fn choose(roots: &Uses, parts: &BTreeMap<u32, Part>) -> BTreeSet<u32> {
    let mut sizes: BTreeMap<u32, usize> = BTreeMap::new();
    for (id, part) in parts {
        sizes.insert(*id, expanded(&part.uses, &sizes));
    }
    let large = expanded(roots, &sizes) > LARGE;
    let light = light_ones(parts);
    let mut times: BTreeMap<u32, usize> = roots.counts.clone();
    let mut kept = BTreeSet::new();
    for (id, part) in parts.iter().rev() {
        let used = times.get(id).copied().unwrap_or(0);
        let worth = match part.sharing {
            Sharing::Asked => true,
            Sharing::IfLarge => {
                let least = if light.contains(id) { LIGHT } else { 2 };
                large && sizes.get(id).is_some_and(|size| *size > least)
            }
        };
        let share = worth && used > 1;
        if share {
            kept.insert(*id);
        }
        for (inner, count) in &part.uses.counts {
            let through = if share { 1 } else { used };
            let times = times.entry(*inner).or_default();
            *times = times.saturating_add(count.saturating_mul(through));
        }
    }
    kept
}

/// The relations that only read tables, narrow them and compute columns.
fn light_ones(parts: &BTreeMap<u32, Part>) -> BTreeSet<u32> {
    let mut light = BTreeSet::new();
    // Identities grow outwards, so what a relation uses was looked at before.
    for (id, part) in parts {
        if is_light(&part.input, &light) {
            light.insert(*id);
        }
    }
    light
}

fn is_light(rel: &Rel, known: &BTreeSet<u32>) -> bool {
    let itself = match rel {
        Rel::Scan { .. } | Rel::Values { .. } | Rel::Filter { .. } | Rel::Project { .. } | Rel::Union { .. } => true,
        Rel::Shared { id, .. } => known.contains(id),
        Rel::External { .. }
        | Rel::Aggregate { .. }
        | Rel::Sort { .. }
        | Rel::Limit { .. }
        | Rel::Join { .. }
        | Rel::Unnest { .. }
        | Rel::Window { .. }
        | Rel::Fold { .. } => false,
    };
    itself && own_subqueries(rel).is_empty() && rel.inputs().into_iter().all(|input| is_light(input, known))
}

/// The number of nodes when nothing is shared.
fn expanded(uses: &Uses, sizes: &BTreeMap<u32, usize>) -> usize {
    uses.counts.iter().fold(uses.nodes, |sum, (id, count)| {
        sum.saturating_add(count.saturating_mul(sizes.get(id).copied().unwrap_or(0)))
    })
}

struct Settler<'a> {
    kept: BTreeSet<u32>,
    parts: &'a BTreeMap<u32, Part>,
    done: BTreeMap<u32, Arc<Rel>>,
    next: &'a mut dyn FnMut() -> ColumnId,
}

impl Settler<'_> {
    fn settled(&mut self, mut rel: Rel) -> Rel {
        self.replace(&mut rel);
        rel.map_scalars(&mut |scalar| match scalar {
            Scalar::Subquery(inner, ty) => Scalar::Subquery(Box::new(self.settled(*inner)), ty),
            Scalar::InSubquery { value, rel, ignore_case } => {
                Scalar::InSubquery { value, rel: Box::new(self.settled(*rel)), ignore_case }
            }
            other => other,
        })
    }

    fn replace(&mut self, rel: &mut Rel) {
        if let Rel::Shared { id, sharing, columns, .. } = rel {
            let (id, sharing, columns) = (*id, *sharing, std::mem::take(columns));
            let Some(input) = self.part(id) else { return };
            *rel = if self.kept.contains(&id) {
                Rel::Shared { id, sharing, input: Body(input), columns }
            } else {
                let inner = input.columns();
                let mut map = inner.iter().zip(&columns).map(|(inner, outer)| (inner.id, outer.id)).collect();
                (*input).clone().refreshed(&mut map, &mut *self.next)
            };
            return;
        }
        rel.inputs_mut().into_iter().for_each(|input| self.replace(input));
    }

    /// What a shared relation stands for, settled.
    fn part(&mut self, id: u32) -> Option<Arc<Rel>> {
        if let Some(done) = self.done.get(&id) {
            return Some(Arc::clone(done));
        }
        let part = self.parts.get(&id)?;
        let rel = Arc::new(self.settled((*part.input).clone()));
        self.done.insert(id, Arc::clone(&rel));
        Some(rel)
    }
}

/// Which columns of shared relations are read anywhere.
#[derive(Default)]
struct Wanted {
    mentioned: BTreeSet<ColumnId>,
    uses: BTreeMap<u32, Vec<Vec<ColumnId>>>,
}

impl Wanted {
    /// Notes what a relation at a root reads.
    fn meet(&mut self, root: &Rel) {
        self.mentioned.extend(root.columns().iter().map(|column| column.id));
        self.walk(root);
    }

    fn walk(&mut self, rel: &Rel) {
        if let Rel::Shared { id, input, columns, .. } = rel {
            let known = self.uses.contains_key(id);
            self.uses.entry(*id).or_default().push(columns.iter().map(|column| column.id).collect());
            if !known {
                self.meet(input);
            }
        }
        if let Rel::Union { inputs, .. } = rel {
            // Its columns are those of the inputs by their place, without naming them.
            self.mentioned.extend(inputs.iter().flat_map(Rel::columns).map(|column| column.id));
        }
        rel.visit_own_scalars(&mut |scalar| {
            if let Scalar::Column(id, _) = scalar {
                self.mentioned.insert(*id);
            }
        });
        for subquery in own_subqueries(rel) {
            self.meet(subquery);
        }
        rel.inputs().into_iter().for_each(|input| self.walk(input));
    }

    /// The places of the columns of a shared relation that are read.
    fn of(&self, id: u32) -> Vec<usize> {
        let uses = self.uses.get(&id).map_or(&[][..], Vec::as_slice);
        let width = uses.first().map_or(0, Vec::len);
        let read = |at: &usize| uses.iter().any(|ids| ids.get(*at).is_some_and(|id| self.mentioned.contains(id)));
        let places: Vec<usize> = (0..width).filter(read).collect();
        // Rows are counted by a column at least.
        if places.is_empty() && width > 0 { vec![0] } else { places }
    }
}

fn picked(columns: &[Column], places: &[usize]) -> Vec<Column> {
    places.iter().filter_map(|at| columns.get(*at).cloned()).collect()
}

fn narrowed(rel: Rel, places: Vec<usize>) -> Rel {
    let columns = rel.columns();
    if places.len() == columns.len() || places.is_empty() {
        return rel;
    }
    let columns = picked(&columns, &places).into_iter().map(|column| (column.clone(), Scalar::column(&column)));
    Rel::Project { columns: columns.collect(), input: Box::new(rel) }
}

fn narrow_uses(rel: &mut Rel, wanted: &Wanted, finished: &BTreeMap<u32, Arc<Rel>>) {
    narrow_nodes(rel, wanted, finished);
    let whole = std::mem::replace(rel, Rel::Values { columns: Vec::new(), rows: Vec::new() });
    *rel = whole.map_scalars(&mut |scalar| match scalar {
        Scalar::Subquery(mut inner, ty) => {
            narrow_uses(&mut inner, wanted, finished);
            Scalar::Subquery(inner, ty)
        }
        Scalar::InSubquery { value, mut rel, ignore_case } => {
            narrow_uses(&mut rel, wanted, finished);
            Scalar::InSubquery { value, rel, ignore_case }
        }
        other => other,
    });
}

fn narrow_nodes(rel: &mut Rel, wanted: &Wanted, finished: &BTreeMap<u32, Arc<Rel>>) {
    if let Rel::Shared { id, input, columns, .. } = rel {
        if let Some(done) = finished.get(id) {
            let places = wanted.of(*id);
            *columns = if places.is_empty() { std::mem::take(columns) } else { picked(columns, &places) };
            *input = Body(Arc::clone(done));
        }
        return;
    }
    rel.inputs_mut().into_iter().for_each(|input| narrow_nodes(input, wanted, finished));
}
