//! Search for the kind cluster to watch, among those that the engine has, running or not.

use std::{
    collections::{BTreeMap, HashMap},
    fmt,
    sync::Arc,
};

use bollard::query_parameters::ListContainersOptionsBuilder;

use super::decode::{self, ContainerDetails, NodeContainer};
use crate::{
    engine::{CLUSTER_LABEL, Engine, EngineClient, EngineError},
    observation::Cluster,
};

/// State of the search. The text of each state says what is missing, with a remedy.
#[derive(Debug, Clone, Default)]
pub enum Discovery {
    /// The first search is under way.
    #[default]
    Searching,
    /// The engine can't be asked.
    NoEngine(Arc<EngineError>),
    /// The engine has no kind cluster.
    NoCluster,
    /// The engine has no cluster of the requested name.
    NotFound {
        /// Name that was requested.
        requested: String,
        /// Clusters that the engine has.
        available: Vec<Cluster>,
    },
    /// The engine has several clusters, and none was requested.
    Ambiguous(Vec<Cluster>),
    /// The cluster was found.
    Found(Cluster),
}

impl Discovery {
    /// The cluster. `None` if it was not found.
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
            Self::Searching => f.write_str("searching for a kind cluster"),
            Self::NoEngine(error) => error.fmt(f),
            Self::NoCluster => f.write_str(
                "the container engine has no kind cluster: create one with `make -C kind-cluster up` or `kind create \
                 cluster`",
            ),
            Self::NotFound { requested, available } if available.is_empty() => write!(
                f,
                "no kind cluster is named `{requested}`, and there is no other: create one with `make -C kind-cluster \
                 up`"
            ),
            Self::NotFound { requested, available } => write!(
                f,
                "no kind cluster is named `{requested}`; available: {} (choose with --cluster)",
                names(available)
            ),
            Self::Ambiguous(available) => {
                write!(f, "there are several kind clusters: {} (choose with --cluster)", names(available))
            }
            Self::Found(cluster) => write!(f, "found the kind cluster `{}`", cluster.name),
        }
    }
}

/// Lists the kind clusters of the engine, running or not, by name. `node_port` is the workload's.
///
/// # Errors
///
/// Fails if the engine can't be asked.
pub async fn clusters(engine: &Engine, node_port: u16) -> Result<Vec<Cluster>, EngineError> {
    let client = engine.client().await?;
    client.ping().await?;
    let mut by_cluster: BTreeMap<String, Vec<_>> = BTreeMap::new();
    for container in list(&client, None).await? {
        if let Some(details) = inspect(&client, &container.id).await? {
            by_cluster.entry(container.cluster.clone()).or_default().push((container, details));
        }
    }
    Ok(by_cluster.into_iter().map(|(name, nodes)| decode::cluster(name, nodes, node_port)).collect())
}

/// Finds the requested cluster, or the only one.
pub async fn discover(engine: &Engine, requested: Option<&str>, node_port: u16) -> Discovery {
    let mut available = match clusters(engine, node_port).await {
        Ok(available) => available,
        Err(error) => return Discovery::NoEngine(Arc::new(error)),
    };
    match requested {
        Some(requested) => match available.iter().position(|cluster| cluster.name == requested) {
            Some(position) => Discovery::Found(available.swap_remove(position)),
            None => Discovery::NotFound { requested: requested.to_owned(), available },
        },
        None => match available.len() {
            0 => Discovery::NoCluster,
            1 => Discovery::Found(available.swap_remove(0)),
            _ => Discovery::Ambiguous(available),
        },
    }
}

/// Lists the node containers of one cluster, or of all if `cluster` is `None`.
pub(super) async fn list(client: &EngineClient, cluster: Option<&str>) -> Result<Vec<NodeContainer>, EngineError> {
    let label = match cluster {
        Some(name) => format!("{CLUSTER_LABEL}={name}"),
        None => CLUSTER_LABEL.to_owned(),
    };
    let filters = HashMap::from([("label", vec![label.as_str()])]);
    let options = ListContainersOptionsBuilder::new().all(true).filters(&filters).build();
    let containers = client.request("list its containers", client.docker().list_containers(Some(options))).await?;
    Ok(containers.into_iter().filter_map(decode::node_container).collect())
}

/// Inspects a container. `None` if it does not exist.
pub(super) async fn inspect(client: &EngineClient, id: &str) -> Result<Option<ContainerDetails>, EngineError> {
    match client.request("inspect a container", client.docker().inspect_container(id, None)).await {
        Ok(response) => Ok(Some(decode::details(response))),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error),
    }
}
