"""Who may pull, push and delete what. Set `REGISTRY["AUTHORIZE"]` to "oci.auth.gate.authorize" to switch it on."""
