/** Keys and signatures made by cosign 3.1.3 (fixtures blob-p256, blob-ed25519, cosign-alg-ed25519; password "test-password") and a certificate by OpenSSL. */

export interface CosignVector {
  readonly name: string
  readonly privateKey: string
  readonly publicKey: string
  /** SHA-256 of the SPKI in base64: cosign's hint. */
  readonly hint: string
  readonly blob: string
  readonly signature: string
}

export const PASSWORD = 'test-password'

export const COSIGN: readonly CosignVector[] = [
  {
    name: 'p256',
    privateKey: `-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----
eyJrZGYiOnsibmFtZSI6InNjcnlwdCIsInBhcmFtcyI6eyJOIjo2NTUzNiwiciI6
OCwicCI6MX0sInNhbHQiOiJldXpoZ1U0NWM2Z0I0T0ZVajZNZk5JOFUrU1dOMllR
ZGlUUDVySnovQ0xzPSJ9LCJjaXBoZXIiOnsibmFtZSI6Im5hY2wvc2VjcmV0Ym94
Iiwibm9uY2UiOiJESnR0bDhYUnk3TTZBQWlINnRmT2p5VUE3M0FlUncrSyJ9LCJj
aXBoZXJ0ZXh0IjoiczF5dE5rWU5mL3ZneTBXdmJ3RldENkh5MnpWR1pWbHdrNWJD
c1NETWJQMXdKMGVqcExyeWgxL2tsT3F1cU5DZzVmbERkZDAyV3orOWVlZmswbStH
aEZkcmNWNWdDYTIwV3VEbGtvUUlITDYxb1BSa3NOT2tsU0ZsU2VnY3FGN0xOUnB6
Vm0wb1NTN0x4d0o4S2RoK2grWm1wdU9yVS9LYWpITi91bEhwUTM3WnRKZGVMVlpT
ZmlOc1VmL0R5am44YUlCQ0xKTzBicmFvdHc9PSJ9
-----END ENCRYPTED SIGSTORE PRIVATE KEY-----
`,
    publicKey: `-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEOFxQfTVRBzLqV2yE32ox5OV5c1g9
2BSZA61rtOT8wfe5pq0lhvOJi0iimHiBJsgugVWDM3IX7NZdTGH7blfYyA==
-----END PUBLIC KEY-----
`,
    hint: 'lJugBVDeZQsCEK/v7H03uHWSXp3O5v9Cay9O8DNEVwk=',
    blob: 'given blob for p-256\n',
    signature: 'MEYCIQD62fVumSikbyRQwH8mhLO/++/9nd5IUgyR6j6I327BDAIhAJPpE1QJiuN/7m2yh8trLpgja0Q+VRjdSfkhDdRi83j5',
  },
  {
    name: 'ed25519',
    privateKey: `-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----
eyJrZGYiOnsibmFtZSI6InNjcnlwdCIsInBhcmFtcyI6eyJOIjo2NTUzNiwiciI6
OCwicCI6MX0sInNhbHQiOiIrL2R6SFU2cjF5aVR6N0trb2pBT040cExSUkMvV2Iy
NHNYMHlHMnpxeWQwPSJ9LCJjaXBoZXIiOnsibmFtZSI6Im5hY2wvc2VjcmV0Ym94
Iiwibm9uY2UiOiJ6TWFYWDhWOEdFcUJaU3luWUxhL09ybEJyMDVSRWVHMyJ9LCJj
aXBoZXJ0ZXh0IjoiN1JmZ2VqcEp2dFpKQlFlbzRiOXljQm9OTWJuZVVIRW42Vm01
TndaUFdNejgwcDBWcy9QRGdnT0pIYndQcVhVQTFLR2ZFajRhdGdTRGJRVWhKYWJQ
bmc9PSJ9
-----END ENCRYPTED SIGSTORE PRIVATE KEY-----
`,
    publicKey: `-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEA1MaV4LitXA43pdBLTDdcQdMYN9tDZo8dn3bqCBdAais=
-----END PUBLIC KEY-----
`,
    hint: 'n+2vThcp/djWli8NF27sfMZc/gyJdYcqvR0my8Va2i0=',
    blob: 'given blob for ed25519\n',
    signature: 'ID5q/irNHCvgV6vAF9xi5U9G2HYiATQEChvrpcmFMe4PLpxitr54iiV1HgyGkUJ21qikSTfBh6koKJvr+kFDBg==',
  },
]

/** `cosign sign` with an Ed25519 key: Ed25519ph. */
export const PREHASHED = {
  publicKey: `-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAgDmErLq77rUEq/AYrPD7XY9U6uWHmDEEKInKtwpqAnQ=
-----END PUBLIC KEY-----
`,
  payload: '{"critical":{"identity":{"docker-reference":"registry.example.com/demo/cosign-alg-ed25519"},"image":{"docker-manifest-digest":"sha256:2a0ffcb4541c3aac8adb8a8d5e6dc1c984bda0dc9c63b73ae6189b4839634a7d"},"type":"cosign container image signature"},"optional":null}',
  signature: 'kTELUSLbZZOVEusXMTKIEybXLNGchoXIOJg+K9TaBJAV8bZoV9W4nKtfwk4gQ/oLBYds97Bm4lpRaVFRfx8IBw==',
}

/** A self-signed certificate and its key as PEM. */
export const CERTIFICATE = {
  pem: `-----BEGIN CERTIFICATE-----
MIIBdTCCARugAwIBAgIUV5Oz9B2fSaXDWIvNX0YLNdDAyZwwCgYIKoZIzj0EAwIw
DzENMAsGA1UEAwwEdGVzdDAgFw0yNjExMjQwNzI0NDlaGA8yMTI2MTAzMTA3MjQ0
OVowDzENMAsGA1UEAwwEdGVzdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABCQL
O248YkNVzekTxxHdd2LvIywYUz+zTMQtIHB06q0+iMAUmjzH9j2dPOzGGh8LXJ62
yp+d2EXQskZsPwhRXRmjUzBRMB0GA1UdDgQWBBTxMsfbQJR6tU+m5T+3aNlbqpeN
HTAfBgNVHSMEGDAWgBTxMsfbQJR6tU+m5T+3aNlbqpeNHTAPBgNVHRMBAf8EBTAD
AQH/MAoGCCqGSM49BAMCA0gAMEUCIQDW2o6pDMOTwavOjuLb8eUOshKI3QAFqKq1
5ZiHNoP9yAIgTEnkg8QaeT+EFQCD5Tt3VyOVT80bbxcLCV+mhDFJd1U=
-----END CERTIFICATE-----
`,
  publicKey: `-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEJAs7bjxiQ1XN6RPHEd13Yu8jLBhT
P7NMxC0gcHTqrT6IwBSaPMf2PZ087MYaHwtcnrbKn53YRdCyRmw/CFFdGQ==
-----END PUBLIC KEY-----
`,
}
