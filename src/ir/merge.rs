//! Projections over each other become one: what a value is made of is put where it is used.

use std::collections::BTreeMap;

use super::{Column, ColumnId, Rel, Scalar};

impl Rel {
    /// The relation with as few projections as can be. A value that several others use stays where it is worked out
    /// once; plain columns and constants may stand in any number of places.
    #[must_use]
    pub fn merged(mut self) -> Rel {
        for input in self.inputs_mut() {
            let nothing = Rel::Values { columns: Vec::new(), rows: Vec::new() };
            *input = std::mem::replace(input, nothing).merged();
        }
        match self {
            Rel::Project { input, columns } => over(*input, columns),
            other => other,
        }
    }
}

/// A projection over a relation.
fn over(input: Rel, columns: Vec<(Column, Scalar)>) -> Rel {
    match input {
        Rel::Project { input: below, columns: inner } if fits(&columns, &inner) => {
            let values: BTreeMap<ColumnId, Scalar> =
                inner.into_iter().map(|(column, value)| (column.id, value)).collect();
            let put = |value: Scalar| {
                value.transform(&mut |part| match &part {
                    Scalar::Column(id, _) => values.get(id).cloned().unwrap_or(part),
                    _ => part,
                })
            };
            Rel::Project { input: below, columns: columns.into_iter().map(|(to, value)| (to, put(value))).collect() }
        }
        input => Rel::Project { input: Box::new(input), columns },
    }
}

/// Whether no value of the inner columns would be worked out more often than before.
fn fits(outer: &[(Column, Scalar)], inner: &[(Column, Scalar)]) -> bool {
    let mut uses: BTreeMap<ColumnId, usize> = BTreeMap::new();
    for (_, value) in outer {
        value.visit(&mut |part| {
            if let Scalar::Column(id, _) = part {
                *uses.entry(*id).or_default() += 1;
            }
        });
    }
    let free = |value: &Scalar| matches!(value, Scalar::Column(..) | Scalar::Literal(_));
    inner.iter().all(|(column, value)| free(value) || uses.get(&column.id).is_none_or(|uses| *uses < 2))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::Op;
    use crate::ir::display::explain;
    use crate::types::Type;

    fn column(id: u32) -> Column {
        Column { id: ColumnId(id), name: format!("c{id}"), ty: Type::Long }
    }

    fn sum(left: u32, right: u32) -> Scalar {
        Scalar::op(Op::Add, vec![Scalar::column(&column(left)), Scalar::column(&column(right))], Type::Long)
    }

    fn check(columns: [Vec<(u32, Scalar)>; 2], projections: usize) {
        let mut rel = Rel::Scan { table: "T".to_owned(), columns: (0..3).map(column).collect() };
        for columns in columns {
            let columns = columns.into_iter().map(|(id, value)| (column(id), value)).collect();
            rel = Rel::Project { input: Box::new(rel), columns };
        }
        let wanted = rel.columns();
        let merged = rel.merged();
        assert_eq!(merged.columns(), wanted);
        assert_eq!(explain(&merged).matches("project").count(), projections);
    }

    #[test]
    fn what_is_used_once_moves_up() {
        let plain = |id| Scalar::column(&column(id));
        check([vec![(10, sum(0, 1)), (11, plain(2))], vec![(20, sum(10, 11)), (21, plain(11))]], 1);
        check([vec![(10, sum(0, 1)), (11, plain(2))], vec![(20, sum(10, 11)), (21, plain(10))]], 2);
        check([vec![(10, sum(0, 1)), (11, plain(2))], vec![(20, sum(11, 11))]], 1);
    }
}
