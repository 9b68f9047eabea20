//! `partition by key ( operators )`.

use crate::diagnostic::Code;
use crate::ir::{Column, Scalar};
use crate::syntax::ast::{Operator, Partition, PartitionBody};
use crate::types::Type;

use super::super::Binder;
use super::super::env::Env;
use super::super::expression::Scope;
use super::super::table::Table;

impl<'a> Binder<'a> {
    /// The operators run on the rows of each key; the rest of the pipeline gets all their rows.
    pub(super) fn bind_partition(
        &mut self,
        partition: &'a Partition,
        operator: &Operator,
        table: Table,
        env: &Env<'a>,
    ) -> Table {
        self.option_word(&partition.options, "hint.strategy");
        let PartitionBody::Operators(operators) = &partition.body else {
            return self.refuse(operator, "partition { … }");
        };
        let scope = Scope::of(env, &table);
        let key = self.bind_scalar(&partition.by, &scope);
        let Scalar::Column(id, ty) = key else {
            if key.ty() != Type::Unknown {
                self.error(Code::InvalidValue, partition.by.span, "`partition` needs the name of a column");
            }
            return Table::broken();
        };
        let (keys, carried) = (table.keys.clone(), table.carried.clone());
        let key = Column { id, name: "partition_key".to_owned(), ty };
        let parts_keys = keys.iter().cloned().chain([key]).collect();
        let mut parts = Table { keys: parts_keys, ..table };
        for operator in operators {
            parts = self.bind_operator(parts, operator, env);
        }
        Table { keys, carried, order: Vec::new(), serialized: false, ..parts }
    }
}
