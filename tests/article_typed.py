"""The article's answers as a person types them, step by step; "" takes what is suggested, or goes on."""

ACCOUNT = ("article", "", "", "", "10.0.0.0/16", "yes", "http://proxy.example.internal:8080", ".example.internal")
# The last one goes on past an offer.
ROLE = ("create", "eksClusterRole", "AmazonEKSClusterPolicy, AmazonEKSServicePolicy", "1", "eksNodeRole", "/", "", "")
SUBNETS = ("ap-northeast-1a 10.110.3.0/24; ap-northeast-1c 10.110.4.0/24", "")
VPC = ("create", "10.110.0.0/16", *SUBNETS, "vpn_gateway", "create")
ENDPOINTS = ("1, 2, ecr.dkr s3,5", "-")
SECURITY_GROUP = ("create", "eksCluster-control-plane")
CLUSTER = ("eksCluster", "-", "172.20.0.0/16", "2", "-", "STANDARD", "n", "-", "")
NODES = ("stack", "1", "m5.large", "2", "4", "2", "", "", "", "")
KUBECONFIG = ("-", "-")
STEPS = (ACCOUNT, ROLE, VPC, ENDPOINTS, SECURITY_GROUP, CLUSTER, NODES, KUBECONFIG)
ALL = tuple(line for step in STEPS for line in step)
