//! Which kind clusters the engine has, running or not, and which of them is meant.

use std::{collections::BTreeMap, fmt, sync::Arc};

use bollard::query_parameters::ListContainersOptionsBuilder;

use super::decode::{self, Summary};
use crate::{
    engine::{CLUSTER_LABEL, Engine, EngineClient, EngineError},
    observation::Cluster,
};

/// How the search for the cluster stands. Its text says what is missing and what to do about it.
#[derive(Debug, Clone, Default)]
pub enum Discovery {
    /// The first look is not over.
    #[default]
    Searching,
    /// The engine cannot be asked.
    NoEngine(Arc<EngineError>),
    /// The engine has no kind cluster.
    NoCluster,
    /// There is no cluster of the wanted name.
    NotFound {
        /// The name that was asked for.
        wanted: String,
        /// Those there are.
        there: Vec<Cluster>,
    },
    /// There are several, and none was chosen.
    Ambiguous(Vec<Cluster>),
    /// This is the one.
    Found(Cluster),
}

impl Discovery {
    /// The cluster, if it was found.
    pub fn cluster(&self) -> Option<&Cluster> {
        match self {
            Self::Found(cluster) => Some(cluster),
            _ => None,
        }
    }
}

impl fmt::Display for Discovery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names =
            |clusters: &[Cluster]| clusters.iter().map(|cluster| cluster.name.as_str()).collect::<Vec<_>>().join(", ");
        match self {
            Self::Searching => f.write_str("looking for a kind cluster"),
            Self::NoEngine(error) => error.fmt(f),
            Self::NoCluster => f.write_str(
                "the container engine has no kind cluster: make one with `make -C kind-cluster up` or `kind create cluster`",
            ),
            Self::NotFound { wanted, there } if there.is_empty() => write!(
                f,
                "there is no kind cluster named `{wanted}`, nor any other: make one with `make -C kind-cluster up`"
            ),
            Self::NotFound { wanted, there } => write!(
                f,
                "there is no kind cluster named `{wanted}`: there is {} (choose with --cluster)",
                names(there)
            ),
            Self::Ambiguous(there) => {
                write!(f, "there are several kind clusters: {} (choose with --cluster)", names(there))
            }
            Self::Found(cluster) => write!(f, "found the kind cluster `{}`", cluster.name),
        }
    }
}

/// Every kind cluster that the engine has, running or not, by name. `node_port` is the workload's.
pub async fn clusters(engine: &Engine, node_port: u16) -> Result<Vec<Cluster>, EngineError> {
    let client = engine.client().await?;
    client.ping().await?;
    let mut by_cluster: BTreeMap<String, Vec<_>> = BTreeMap::new();
    for summary in list(&client, None).await? {
        if let Some(details) = inspect(&client, &summary.id).await? {
            by_cluster.entry(summary.cluster.clone()).or_default().push((summary, details));
        }
    }
    Ok(by_cluster.into_iter().map(|(name, nodes)| decode::cluster(name, nodes, node_port)).collect())
}

/// Finds the cluster that is meant: the wanted one, or the only one.
pub async fn discover(engine: &Engine, wanted: Option<&str>, node_port: u16) -> Discovery {
    let mut there = match clusters(engine, node_port).await {
        Ok(there) => there,
        Err(error) => return Discovery::NoEngine(Arc::new(error)),
    };
    match wanted {
        Some(wanted) => match there.iter().position(|cluster| cluster.name == wanted) {
            Some(position) => Discovery::Found(there.swap_remove(position)),
            None => Discovery::NotFound { wanted: wanted.to_owned(), there },
        },
        None => match there.len() {
            0 => Discovery::NoCluster,
            1 => Discovery::Found(there.swap_remove(0)),
            _ => Discovery::Ambiguous(there),
        },
    }
}

/// The node containers of one cluster or of all.
pub(super) async fn list(client: &EngineClient, cluster: Option<&str>) -> Result<Vec<Summary>, EngineError> {
    let label = match cluster {
        Some(name) => format!("{CLUSTER_LABEL}={name}"),
        None => CLUSTER_LABEL.to_owned(),
    };
    let filters = std::collections::HashMap::from([("label", vec![label.as_str()])]);
    let options = ListContainersOptionsBuilder::new().all(true).filters(&filters).build();
    let listed = client.ask("list its containers", client.docker().list_containers(Some(options))).await?;
    Ok(listed.into_iter().filter_map(decode::summary).collect())
}

/// What the engine knows of a container; nothing if it is gone.
pub(super) async fn inspect(client: &EngineClient, id: &str) -> Result<Option<decode::Details>, EngineError> {
    let what = "inspect a container";
    match client.ask(what, client.docker().inspect_container(id, None)).await {
        Ok(response) => Ok(Some(decode::details(response))),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error),
    }
}
