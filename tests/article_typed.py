"""The article's answers as a person types them, step by step; "" takes what is suggested, or goes on."""

ACCOUNT = ("article", "", "", "", "10.0.0.0/16", "yes", "http://proxy.example.internal:8080", ".example.internal")
# The last one goes on past an offer.
ROLE = ("create", "eksClusterRole", "AmazonEKSClusterPolicy, AmazonEKSServicePolicy", "1", "eksNodeRole", "/", "", "")
SUBNETS = ("ap-northeast-1a 10.110.3.0/24; ap-northeast-1c 10.110.4.0/24", "")
VPC = ("create", "10.110.0.0/16", *SUBNETS, "vpn_gateway", "create")
ENDPOINTS = ("1, 2, ecr.dkr s3,5", "-")
SECURITY_GROUP = ("create", "eksCluster-control-plane")
CLUSTER = ("eksCluster", "-", "172.20.0.0/16", "2", "-", "STANDARD", "n", "-", "")
NODES = ("stack", "1", "m5.large", "2", "4", "2", "", "", "", "", "n")
KUBECONFIG = ("-", "-")
STEPS = (ACCOUNT, ROLE, VPC, ENDPOINTS, SECURITY_GROUP, CLUSTER, NODES, KUBECONFIG)
ALL = tuple(line for step in STEPS for line in step)

# The same where each question has a place of its own on the screen, by its path; "" is typed as nothing.
FIELDS = {
    "account": {
        "name": "article",
        "account.id": "123456789012",
        "account.region": "ap-northeast-1",
        "tags": "",
        "site.on_premises_cidrs": "10.0.0.0/16",
        "site.proxy": "true",
        "site.proxy.url": "http://proxy.example.internal:8080",
        "site.proxy.no_proxy": ".example.internal",
    },
    "role": {
        "role.cluster": "create",
        "role.cluster.create": "eksClusterRole",
        "role.cluster_policies": "AmazonEKSClusterPolicy, AmazonEKSServicePolicy",
        "role.node": "create",
        "role.node.create": "eksNodeRole",
        "role.path": "/",
        "role.permissions_boundary": "",
    },
    "vpc": {
        "vpc": "create",
        "vpc.create.cidr": "10.110.0.0/16",
        "vpc.create.subnets": "ap-northeast-1a 10.110.3.0/24\nap-northeast-1c 10.110.4.0/24",
        "vpc.create.connect": "vpn_gateway",
        "vpc.create.connect.vpn_gateway": "create",
    },
    "endpoints": {"endpoints.services": "ec2, ecr.api, ecr.dkr, s3, sts", "endpoints.security_group": ""},
    "security_group": {"security_group": "create", "security_group.create": "eksCluster-control-plane"},
    "cluster": {
        "cluster.name": "eksCluster",
        "cluster.version": "",
        "cluster.service_cidr": "172.20.0.0/16",
        "cluster.authentication": "API_AND_CONFIG_MAP",
        "cluster.admins": "",
        "cluster.support": "STANDARD",
        "cluster.deletion_protection": "false",
        "cluster.logs": "",
        "cluster.addons": "vpc-cni, kube-proxy, coredns",
    },
    "nodes": {
        "nodes.kind": "stack",
        "nodes.os": "al2023",
        "nodes.instance_type": "m5.large",
        "nodes.min": "2",
        "nodes.max": "4",
        "nodes.desired": "2",
        "nodes.ami": "",
        "nodes.volume_size": "20",
        "nodes.key_pair": "",
        "nodes.volume_kms_key": "",
        "nodes.prefix_delegation": "false",
    },
    "kubeconfig": {"kubeconfig.path": "", "kubeconfig.context": ""},
}
