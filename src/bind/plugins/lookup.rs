//! `ipv4_lookup`, `ipv6_lookup`.

use crate::diagnostic::Code;
use crate::ir::{Column, JoinKind, Op, Rel, Scalar};
use crate::syntax::ast::{Argument, Call, ExprKind};
use crate::types::Type;
use crate::value::Value;

use super::super::Binder;
use super::super::env::Env;
use super::super::expression::Scope;
use super::super::operators::side_by_side;
use super::super::table::Table;
use super::build::{aggregate, filter, join, kept, pairs, project, test};

/// A version of the Internet Protocol.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Version {
    V4,
    V6,
}

/// The arguments of a lookup.
struct Lookup {
    table: Table,
    network: Column,
    ip: Column,
    /// Columns of both sides that must be equal too.
    extra: Vec<(Column, Column)>,
    kind: JoinKind,
}

impl<'a> Binder<'a> {
    /// The rows with those of a table of networks that their address is in.
    pub(super) fn bind_ip_lookup(
        &mut self,
        version: Version,
        call: &'a Call,
        table: Table,
        env: &Env<'a>,
    ) -> Option<Table> {
        let lookup = self.bind_lookup_arguments(call, &table, env)?;
        if version == Version::V6 && !lookup.extra.is_empty() {
            self.error(Code::WrongArgumentCount, call.args_span, "`ipv6_lookup` takes no further keys");
            return None;
        }
        let keys: Vec<&Column> = lookup.extra.iter().map(|(_, right)| right).collect();
        let rest: Vec<Column> = lookup.table.columns.iter().filter(|c| !keys.contains(c)).cloned().collect();
        // Each address once with the networks it is in, however often it comes.
        let ip = self.fresh("ip", Type::String);
        let groups = vec![(ip.clone(), Scalar::column(&lookup.ip))];
        let addresses = aggregate(table.rel.clone(), groups, Vec::new());
        let matched = match version {
            Version::V4 => self.in_networks(addresses, &ip, lookup.table.rel, &lookup.network),
            Version::V6 => {
                let all = join(JoinKind::Inner, addresses, lookup.table.rel, Vec::new());
                let args = vec![Scalar::column(&ip), Scalar::column(&lookup.network)];
                filter(all, Scalar::kernel("ipv6_is_in_range", args, Type::Bool))
            }
        };
        let mut on = pairs([&lookup.ip], [&ip]);
        on.extend(pairs(lookup.extra.iter().map(|(left, _)| left), keys));
        let columns = side_by_side(&table.columns, &rest);
        let rel = join(lookup.kind, table.rel, matched, on);
        Some(Table { columns, ..Table::new(rel) })
    }

    /// Addresses joined with their networks by text: for each length of a prefix, the network an address is in.
    fn in_networks(&mut self, addresses: Rel, ip: &Column, networks: Rel, network: &Column) -> Rel {
        let own = Scalar::kernel("ipv4_netmask_suffix", vec![Scalar::column(network)], Type::Long);
        let bits = self.fresh("bits", Type::Long);
        let lengths = aggregate(networks.clone(), vec![(bits.clone(), own)], Vec::new());
        let some = Scalar::op(Op::IsNotNull, vec![Scalar::column(&bits)], Type::Bool);
        let rel = join(JoinKind::Inner, addresses, filter(lengths, some), Vec::new());
        let (left, right) = (self.fresh("network", Type::String), self.fresh("network", Type::String));
        let mask = |args| Scalar::kernel("format_ipv4_mask", args, Type::String);
        let mut columns = kept([ip]);
        columns.push((left.clone(), mask(vec![Scalar::column(ip), Scalar::column(&bits)])));
        let rel = project(rel, columns);
        let mut columns = kept(&networks.columns());
        columns.push((right.clone(), mask(vec![Scalar::column(network)])));
        // What is no address has no network.
        let real = test(Op::NotEqual, Scalar::column(&right), Scalar::text(""));
        join(JoinKind::Inner, rel, filter(project(networks, columns), real), pairs([&left], [&right]))
    }

    fn bind_lookup_arguments(&mut self, call: &'a Call, table: &Table, env: &Env<'a>) -> Option<Lookup> {
        let [source, ip, network, rest @ ..] = call.args.as_slice() else { return None };
        let right = self.deeper(source.value.span, |binder| binder.bind_table(&source.value, env))?;
        if right.broken {
            return None;
        }
        let mut columns = Vec::new();
        for (argument, side) in [(ip, table), (network, &right)] {
            let column = self.column_argument(argument, side, env)?;
            if column.ty != Type::String {
                self.error(Code::TypeMismatch, argument.value.span, "addresses are of type `string`");
                return None;
            }
            columns.push(column);
        }
        let (network, ip) = (columns.pop()?, columns.pop()?);
        let (mut extra, mut kind) = (Vec::new(), JoinKind::Inner);
        for argument in rest {
            match (&argument.value.kind, &argument.name) {
                (ExprKind::Name(name), None) if table.column(&name.name).is_some() => {
                    extra.push(self.common_column(argument, table, &right, env)?);
                }
                (_, None) => kind = self.unmatched(argument, env)?,
                (_, Some(name)) if name.name == "return_unmatched" => kind = self.unmatched(argument, env)?,
                (_, Some(name)) => {
                    let message = format!("`{}` has no parameter `{}`", call.name.name, name.name);
                    self.error(Code::UnknownName, name.span, message);
                    return None;
                }
            }
        }
        Some(Lookup { table: right, network, ip, extra, kind })
    }

    fn unmatched(&mut self, argument: &'a Argument, env: &Env<'a>) -> Option<JoinKind> {
        let value = self.bind_scalar(&argument.value, &Scope::constants(env.clone()));
        match value.literal() {
            Some(Value::Bool(true)) => Some(JoinKind::Left),
            Some(Value::Bool(false)) => Some(JoinKind::Inner),
            _ => {
                if value.ty() != Type::Unknown {
                    self.error(Code::NotConstant, argument.value.span, "`true` or `false` is needed");
                }
                None
            }
        }
    }

    /// A column that both sides have.
    fn common_column(
        &mut self,
        argument: &'a Argument,
        left: &Table,
        right: &Table,
        env: &Env<'a>,
    ) -> Option<(Column, Column)> {
        let (a, b) = (self.column_argument(argument, left, env)?, self.column_argument(argument, right, env)?);
        if a.ty != b.ty {
            let message = format!("`{}` is `{}` on one side and `{}` on the other", a.name, a.ty, b.ty);
            self.error(Code::TypeMismatch, argument.value.span, message);
            return None;
        }
        Some((a, b))
    }
}
