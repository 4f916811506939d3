//! All rows of all tables in a form that is the same for both databases, and back: what a backup consists of.
//!
//! Tables and columns are taken from the database itself, so a new table or column needs nothing here. What an earlier
//! version has written is put into the tables of that version, which are then brought to this one like any other.

use std::collections::BTreeMap;

use sea_orm::{ConnectionTrait, QueryResult, Statement, prelude::Uuid};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::{
    database::Tx,
    error::{Result, StoreError},
    migrate,
};

/// Rows that are read at once.
const PAGE: usize = 1000;
/// SQLite takes at most 32766 values in one statement, PostgreSQL 65535.
const VALUES: usize = 30_000;

/// What a column holds; migrations use no other types.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    Uuid,
    Text,
    Bigint,
    Integer,
    Boolean,
}

impl Kind {
    fn parse(text: &str) -> Option<Self> {
        [
            ("uuid", Self::Uuid),
            ("text", Self::Text),
            ("bigint", Self::Bigint),
            ("integer", Self::Integer),
            ("boolean", Self::Boolean),
        ]
        .into_iter()
        .find_map(|(name, kind)| (name == text).then_some(kind))
    }

    fn read(self, row: &QueryResult, column: &str) -> Result<Json> {
        Ok(match self {
            Self::Uuid => row.try_get::<Option<Uuid>>("", column)?.map(|id| id.to_string()).into(),
            Self::Text => row.try_get::<Option<String>>("", column)?.into(),
            Self::Bigint => row.try_get::<Option<i64>>("", column)?.into(),
            Self::Integer => row.try_get::<Option<i32>>("", column)?.into(),
            Self::Boolean => row.try_get::<Option<bool>>("", column)?.into(),
        })
    }

    /// The value for a statement; `None` for one of another kind.
    fn value(self, json: &Json) -> Option<sea_orm::Value> {
        use sea_orm::Value;
        let null = json.is_null();
        let some = |found: bool| null || found;
        match self {
            Self::Uuid => {
                let id = json.as_str().and_then(|text| text.parse::<Uuid>().ok());
                some(id.is_some()).then(|| Value::from(id))
            }
            Self::Text => some(json.is_string()).then(|| Value::from(json.as_str().map(str::to_owned))),
            Self::Bigint => some(json.is_i64()).then(|| Value::from(json.as_i64())),
            Self::Integer => {
                let number = json.as_i64().and_then(|number| i32::try_from(number).ok());
                some(number.is_some()).then(|| Value::from(number))
            }
            Self::Boolean => some(json.is_boolean()).then(|| Value::from(json.as_bool())),
        }
    }
}

/// A table as it is in the database.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    pub name: String,
    /// In the order of the values of a row.
    pub columns: Vec<Column>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    pub name: String,
    pub kind: Kind,
    /// Its place in the primary key, from 1; 0 outside of it.
    pub key: i64,
}

impl Table {
    /// The columns of the primary key.
    fn key(&self) -> Vec<(usize, &Column)> {
        let mut key: Vec<_> = self.columns.iter().enumerate().filter(|(_, column)| column.key > 0).collect();
        key.sort_by_key(|(_, column)| column.key);
        key
    }

    fn values(&self, row: &[Json]) -> Result<Vec<sea_orm::Value>> {
        if row.len() != self.columns.len() {
            return Err(StoreError::Dump(format!("a row of {} has another length", self.name)));
        }
        let value = |(column, json): (&Column, &Json)| {
            let value = column.kind.value(json);
            value.ok_or_else(|| StoreError::Dump(format!("{}.{} has another type", self.name, column.name)))
        };
        self.columns.iter().zip(row).map(value).collect()
    }
}

/// The migrations that the database has, in order.
///
/// # Errors
/// When the database cannot be asked, and [`StoreError::Dump`] when this version does not know them: it would leave out
/// what they made.
pub async fn migrations(tx: &Tx) -> Result<Vec<String>> {
    let applied = migrate::applied(tx).await?;
    if knows(&applied) {
        return Ok(applied);
    }
    Err(StoreError::Dump("the database has tables of a newer version of jhaas".to_owned()))
}

/// Whether this version can make the tables that these migrations have made.
#[must_use]
pub fn knows(migrations: &[String]) -> bool {
    migrate::names().get(..migrations.len()).is_some_and(|known| known == migrations)
}

/// All tables, those first that others refer to.
///
/// # Errors
/// When the database cannot be asked.
pub async fn tables(tx: &Tx) -> Result<Vec<Table>> {
    let mut tables = Vec::new();
    for name in migrate::present(tx).await? {
        tables.push(table(tx, name).await?);
    }
    Ok(tables)
}

async fn table(tx: &Tx, name: &str) -> Result<Table> {
    let sql = if migrate::is_postgres(tx) {
        "SELECT CAST(c.column_name AS TEXT) AS name, CAST(c.data_type AS TEXT) AS kind, \
         COALESCE((SELECT CAST(k.ordinal_position AS BIGINT) FROM information_schema.table_constraints t \
         JOIN information_schema.key_column_usage k \
         ON k.constraint_name = t.constraint_name AND k.table_schema = t.table_schema AND k.table_name = t.table_name \
         WHERE t.constraint_type = 'PRIMARY KEY' AND t.table_schema = c.table_schema \
         AND t.table_name = c.table_name AND k.column_name = c.column_name), 0) AS place \
         FROM information_schema.columns c \
         WHERE c.table_schema = current_schema() AND c.table_name = $1 ORDER BY c.ordinal_position"
    } else {
        "SELECT name, lower(type) AS kind, CAST(pk AS BIGINT) AS place FROM pragma_table_info($1) ORDER BY cid"
    };
    let question = Statement::from_sql_and_values(tx.get_database_backend(), sql, [name.into()]);
    let mut columns = Vec::new();
    for row in tx.query_all_raw(question).await? {
        let column: String = row.try_get("", "name")?;
        let kind: String = row.try_get("", "kind")?;
        let kind = Kind::parse(&kind)
            .ok_or_else(|| StoreError::Dump(format!("{name}.{column} has the unknown type {kind}")))?;
        columns.push(Column { name: column, kind, key: row.try_get("", "place")? });
    }
    Ok(Table { name: name.to_owned(), columns })
}

/// Reads the rows of a table, a page at a time: a table may be larger than the memory.
#[derive(Debug)]
pub struct Pages<'a> {
    table: &'a Table,
    /// The last row that was read.
    last: Option<Vec<Json>>,
    over: bool,
}

impl<'a> Pages<'a> {
    #[must_use]
    pub const fn of(table: &'a Table) -> Self {
        Self { table, last: None, over: false }
    }

    /// The next rows, in the order of the primary key; none at the end.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn next(&mut self, tx: &Tx) -> Result<Option<Vec<Vec<Json>>>> {
        if self.over {
            return Ok(None);
        }
        let found = tx.query_all_raw(self.question(tx)?).await?;
        self.over = found.len() < PAGE;
        let mut rows = Vec::with_capacity(found.len());
        for row in &found {
            let columns = self.table.columns.iter();
            rows.push(columns.map(|column| column.kind.read(row, &column.name)).collect::<Result<Vec<_>>>()?);
        }
        self.last = rows.last().cloned();
        Ok(Some(rows))
    }

    fn question(&self, tx: &Tx) -> Result<Statement> {
        let key = self.table.key();
        let names = list(key.iter().map(|(_, column)| quoted(&column.name)));
        let (mut beyond, mut values) = (String::new(), Vec::new());
        if let Some(last) = &self.last {
            let all = self.table.values(last)?;
            values.extend(key.iter().map(|(place, _)| all[*place].clone()));
            let places = list((1..=key.len()).map(|place| format!("${place}")));
            beyond = format!(" WHERE ({names}) > ({places})");
        }
        let columns = list(self.table.columns.iter().map(|column| quoted(&column.name)));
        let sql = format!(
            "SELECT {columns} FROM {}{beyond} ORDER BY {names} LIMIT {PAGE}",
            quoted(&self.table.name)
        );
        Ok(Statement::from_sql_and_values(tx.get_database_backend(), sql, values))
    }
}

/// Fills a database anew, in the caller's transaction.
pub struct Restore<'a> {
    tx: &'a Tx,
    /// What is there to be filled.
    tables: BTreeMap<String, Table>,
    table: Option<Table>,
    rows: Vec<sea_orm::Value>,
}

impl<'a> Restore<'a> {
    /// Makes the tables as they were after these migrations, without a row in them. What is there goes if `replace` says
    /// so.
    ///
    /// # Errors
    /// [`StoreError::NotEmpty`] when there is something, and [`StoreError::Dump`] when this version does not know the
    /// migrations, or those of the database.
    pub async fn begin(tx: &'a Tx, migrations: &[String], replace: bool) -> Result<Self> {
        if !knows(migrations) {
            return Err(StoreError::Dump("it comes from a newer version of jhaas".to_owned()));
        }
        migrate::hold(tx).await?;
        let (known, there) = (migrate::names(), migrate::applied(tx).await?);
        if there.iter().any(|name| !known.contains(&name.as_str())) {
            return Err(StoreError::Dump("the database has tables of a newer version of jhaas".to_owned()));
        }
        if !replace {
            for name in migrate::present(tx).await? {
                if has_rows(tx, name).await? {
                    return Err(StoreError::NotEmpty(name.to_owned()));
                }
            }
        }
        migrate::make_anew(tx, u32::try_from(migrations.len()).unwrap_or(u32::MAX)).await?;
        let tables = tables(tx).await?.into_iter().map(|table| (table.name.clone(), table)).collect();
        Ok(Self { tx, tables, table: None, rows: Vec::new() })
    }

    /// The rows that follow are of this table.
    ///
    /// # Errors
    /// [`StoreError::Dump`] when there is no such table with such columns.
    pub async fn table(&mut self, table: Table) -> Result<()> {
        self.flush().await?;
        let mut columns = table.columns.clone();
        let known = self.tables.get(&table.name).map(|known| {
            let mut known = known.columns.clone();
            known.sort_by(|a, b| a.name.cmp(&b.name));
            known
        });
        // Columns that were added by different migrations may stand in another order.
        columns.sort_by(|a, b| a.name.cmp(&b.name));
        if known != Some(columns) {
            return Err(StoreError::Dump(format!("the table {} is another one", table.name)));
        }
        self.table = Some(table);
        Ok(())
    }

    /// # Errors
    /// [`StoreError::Dump`] for a row that does not fit, and when the database refuses it.
    pub async fn row(&mut self, row: &[Json]) -> Result<()> {
        let Some(table) = &self.table else {
            return Err(StoreError::Dump("a row belongs to no table".to_owned()));
        };
        let values = table.values(row)?;
        if self.rows.len() + values.len() > VALUES {
            self.flush().await?;
        }
        self.rows.extend(values);
        Ok(())
    }

    async fn flush(&mut self) -> Result<()> {
        let Some(table) = self.table.as_ref().filter(|_| !self.rows.is_empty()) else { return Ok(()) };
        let width = table.columns.len();
        let values = std::mem::take(&mut self.rows);
        let row = |row: usize| {
            let places = (1..=width).map(|column| format!("${}", row * width + column));
            format!("({})", list(places))
        };
        let sql = format!(
            "INSERT INTO {} ({}) VALUES {}",
            quoted(&table.name),
            list(table.columns.iter().map(|column| quoted(&column.name))),
            list((0..values.len() / width).map(row)),
        );
        let insert = Statement::from_sql_and_values(self.tx.get_database_backend(), sql, values);
        self.tx.execute_raw(insert).await?;
        Ok(())
    }

    /// Writes what is left and brings the tables to this version.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn end(mut self) -> Result<()> {
        self.flush().await?;
        migrate::to_newest(self.tx).await
    }
}

async fn has_rows(tx: &Tx, table: &str) -> Result<bool> {
    let sql = format!("SELECT 1 AS answer FROM {} LIMIT 1", quoted(table));
    Ok(tx.query_one_raw(Statement::from_string(tx.get_database_backend(), sql)).await?.is_some())
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn list(parts: impl Iterator<Item = String>) -> String {
    parts.collect::<Vec<_>>().join(", ")
}
