"""The article's answers as a person types them, step by step; "" takes what is suggested."""

ACCOUNT = ("article", "", "", "", "10.0.0.0/16", "yes", "http://proxy.example.internal:8080", ".example.internal")
ROLE = (
    "create", "eksClusterRole", "AmazonEKSClusterPolicy, AmazonEKSServicePolicy", "create", "eksNodeRole", "/", "", "",
)  # fmt: skip
VPC = (
    "create", "10.110.0.0/16", "ap-northeast-1a 10.110.3.0/24; ap-northeast-1c 10.110.4.0/24", "", "vpn_gateway", "create",
)  # fmt: skip
ENDPOINTS = ("ec2, ecr.api, ecr.dkr, s3, sts", "-")
SECURITY_GROUP = ("create", "eksCluster-control-plane")
CLUSTER = ("eksCluster", "-", "172.20.0.0/16", "API_AND_CONFIG_MAP", "-", "STANDARD", "no", "-", "", "")
NODES = ("stack", "al2023", "m5.large", "", "", "", "", "", "", "", "")
KUBECONFIG = ("-", "-")
