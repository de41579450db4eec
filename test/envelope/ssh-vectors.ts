/** Signatures by OpenSSH 9.2: of the fixture `ssh` over its descriptor.json, and three more over the text `message` in the namespace `test.example`. */

export const DESCRIPTOR =
  '{"mediaType":"application/vnd.oci.image.manifest.v1+json","size":401,"digest":"sha256:d3ca51f13ac72808d252312b694e06247026f43331bc7113987f750248d25727","platform":{"architecture":"amd64","os":"linux"}}'

export interface SshVector {
  readonly name: string
  readonly publicKey: string
  readonly namespace: string
  readonly message: string
  readonly armored: string
}

export const SSH: readonly SshVector[] = [
  {
    name: 'fixture ed25519',
    publicKey: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAID0nCBstSHgf9hIeznay8+BaiiXGTnj+p5YqPryriMyM ed25519@given.example',
    namespace: 'org.notaryproject.sign',
    message: DESCRIPTOR,
    armored: `-----BEGIN SSH SIGNATURE-----
U1NIU0lHAAAAAQAAADMAAAALc3NoLWVkMjU1MTkAAAAgPScIGy1IeB/2Eh7OdrLz4FqKJc
ZOeP6nlio+vKuIzIwAAAAWb3JnLm5vdGFyeXByb2plY3Quc2lnbgAAAAAAAAAGc2hhNTEy
AAAAUwAAAAtzc2gtZWQyNTUxOQAAAEDHHQucE15yvH87JdBi3kQL7YGEio4yCqrAAnLZO8
DWHCEyiu/qrKzOk1tQXas+oOKC1fDL2Pd789Pvmoky+mEI
-----END SSH SIGNATURE-----
`,
  },
  {
    name: 'fixture ed25519, another namespace',
    publicKey: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAID0nCBstSHgf9hIeznay8+BaiiXGTnj+p5YqPryriMyM ed25519@given.example',
    namespace: 'file',
    message: DESCRIPTOR,
    armored: `-----BEGIN SSH SIGNATURE-----
U1NIU0lHAAAAAQAAADMAAAALc3NoLWVkMjU1MTkAAAAgPScIGy1IeB/2Eh7OdrLz4FqKJc
ZOeP6nlio+vKuIzIwAAAAEZmlsZQAAAAAAAAAGc2hhNTEyAAAAUwAAAAtzc2gtZWQyNTUx
OQAAAEDRxnhgawuiNamsmf4NfzZaYfnce8Pe3iLCOB6bZnEErnXL5LowP0N5/vxIzGrkDM
RFRa6uj5ykGWyUh7N+Cq4H
-----END SSH SIGNATURE-----
`,
  },
  {
    name: 'fixture ecdsa',
    publicKey: 'ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBCy7RgUVHAcsBCHKWfvu96HRufcWFx/JjqpLGnahBK5qdXIlcdFJetE8KamrcyQws/pPy/z84LpksU1WZ4Y8Rw0= ecdsa@given.example',
    namespace: 'org.notaryproject.sign',
    message: DESCRIPTOR,
    armored: `-----BEGIN SSH SIGNATURE-----
U1NIU0lHAAAAAQAAAGgAAAATZWNkc2Etc2hhMi1uaXN0cDI1NgAAAAhuaXN0cDI1NgAAAE
EELLtGBRUcBywEIcpZ++73odG59xYXH8mOqksadqEErmp1ciVx0Ul60TwpqatzJDCz+k/L
/PzgumSxTVZnhjxHDQAAABZvcmcubm90YXJ5cHJvamVjdC5zaWduAAAAAAAAAAZzaGE1MT
IAAABkAAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAABJAAAAIGqwQKwQcyM/O2jVXHPA/ZH5
IpYSgIWfvhqlRYuP0GZbAAAAIQDYyjTqMlWFTiGPuir43SOspr5ZUkQbd/Hwku2Xjydu4Q
==
-----END SSH SIGNATURE-----
`,
  },
  {
    name: 'fixture ecdsa, another namespace',
    publicKey: 'ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBCy7RgUVHAcsBCHKWfvu96HRufcWFx/JjqpLGnahBK5qdXIlcdFJetE8KamrcyQws/pPy/z84LpksU1WZ4Y8Rw0= ecdsa@given.example',
    namespace: 'file',
    message: DESCRIPTOR,
    armored: `-----BEGIN SSH SIGNATURE-----
U1NIU0lHAAAAAQAAAGgAAAATZWNkc2Etc2hhMi1uaXN0cDI1NgAAAAhuaXN0cDI1NgAAAE
EELLtGBRUcBywEIcpZ++73odG59xYXH8mOqksadqEErmp1ciVx0Ul60TwpqatzJDCz+k/L
/PzgumSxTVZnhjxHDQAAAARmaWxlAAAAAAAAAAZzaGE1MTIAAABjAAAAE2VjZHNhLXNoYT
ItbmlzdHAyNTYAAABIAAAAIEeyy88XYjbw9R8I1StIUHGpY62/9gmjoo4Fhbp1bJnTAAAA
IBqk7DGxKEs7A8HCtgpFGVzvOX1otnim3MW7XRVx/UDD
-----END SSH SIGNATURE-----
`,
  },
  {
    name: 'ecdsa-384',
    publicKey: 'ecdsa-sha2-nistp384 AAAAE2VjZHNhLXNoYTItbmlzdHAzODQAAAAIbmlzdHAzODQAAABhBFBqOKc9DT5B2V4OCFkE/hv48jTt8+K0jv7w19ph/W7cuLyaJh1/BWkBHo/KjfhmFebaM+NpqZrz9GMZAJ4etKd7olFeUpP14kCTc3/ZR6+bBUjBwx+ylLuAVR9/D9kiWA== test',
    namespace: 'test.example',
    message: 'message',
    armored: `-----BEGIN SSH SIGNATURE-----
U1NIU0lHAAAAAQAAAIgAAAATZWNkc2Etc2hhMi1uaXN0cDM4NAAAAAhuaXN0cDM4NAAAAG
EEUGo4pz0NPkHZXg4IWQT+G/jyNO3z4rSO/vDX2mH9bty4vJomHX8FaQEej8qN+GYV5toz
42mpmvP0YxkAnh60p3uiUV5Sk/XiQJNzf9lHr5sFSMHDH7KUu4BVH38P2SJYAAAADHRlc3
QuZXhhbXBsZQAAAAAAAAAGc2hhNTEyAAAAhQAAABNlY2RzYS1zaGEyLW5pc3RwMzg0AAAA
agAAADEAk0zdQNhJXSrd+Y8127PaF627cMoDGzwAZDo64EDxjIxTIA3+jTNpJo1B9xHjlv
1tAAAAMQDtiJi102ilHXZxUqbfVYw6AoKmY+uhkvKCdrbi2mQrkOx1Jipoig+cwCw24E0q
mK0=
-----END SSH SIGNATURE-----
`,
  },
  {
    name: 'ecdsa-521',
    publicKey: 'ecdsa-sha2-nistp521 AAAAE2VjZHNhLXNoYTItbmlzdHA1MjEAAAAIbmlzdHA1MjEAAACFBAGsexbgPYAzc7jSD69nv8zNaNP4o4hgXWan1sT8vPXCH2loKL8Gmm6gTmYq2BMDvOPxZtyfeqkJkyNwGuxlAUh5mgAvaxzTXOp90XFyXrJ/tcmy0Xkz6w7mwpRviZMz1FIHOOrJrvfxxiyIUYGxh3QpFNKyklB7p1BcwuuD7uVqxbv7fw== test',
    namespace: 'test.example',
    message: 'message',
    armored: `-----BEGIN SSH SIGNATURE-----
U1NIU0lHAAAAAQAAAKwAAAATZWNkc2Etc2hhMi1uaXN0cDUyMQAAAAhuaXN0cDUyMQAAAI
UEAax7FuA9gDNzuNIPr2e/zM1o0/ijiGBdZqfWxPy89cIfaWgovwaabqBOZirYEwO84/Fm
3J96qQmTI3Aa7GUBSHmaAC9rHNNc6n3RcXJesn+1ybLReTPrDubClG+JkzPUUgc46smu9/
HGLIhRgbGHdCkU0rKSUHunUFzC64Pu5WrFu/t/AAAADHRlc3QuZXhhbXBsZQAAAAAAAAAG
c2hhNTEyAAAApgAAABNlY2RzYS1zaGEyLW5pc3RwNTIxAAAAiwAAAEE8WI5y0o67I3O0pp
oWiHq43cjE8gvalqarEXFm+dIrQP0Lwu4E9nr0T8x1qVyXU7UAuqTRU1wp7B520eItQSOr
UgAAAEIBkw429uM8ujos5PjZ9GFcbVOIJcJ7MuhvkneGrrbacLeoi2nk7GRxGOGQZsgk1s
iyIZyoX6ev2/qTftgC9O2HGbw=
-----END SSH SIGNATURE-----
`,
  },
  {
    name: 'rsa-2048',
    publicKey: 'ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQDY5CguiJby4qZVMcONEu8oW5p1NgSl9pF/c0Dq8kmjp+XpnbWbAqio28Qr5qCRHEIDw/P+KMbDUGjwU7vi5FfDvwZbTrdAmnhP8bZXQLLTyyx6SOl1j60YPi4lAleCAAUIW2ShrA8KUmL+4orcAnVh7X5Zt8EyyJnGC7jtxy4LFewCpsHQyDzWqA3CXS5CTpq3UCGeWRQwjPgwbrQvqeqSoJB3L3DiDg6iwjnbffcZhi8se/09Dn4qOUHkPUA2XJuD35X2hyLO6OYHVdgq2Zs3AT0Nq15ewIlfqDNQv+DlERvfhbWV4l39P/5ko3TP2YjFw3hyKx+AP9Wyn/EF7Buz test',
    namespace: 'test.example',
    message: 'message',
    armored: `-----BEGIN SSH SIGNATURE-----
U1NIU0lHAAAAAQAAARcAAAAHc3NoLXJzYQAAAAMBAAEAAAEBANjkKC6IlvLiplUxw40S7y
hbmnU2BKX2kX9zQOrySaOn5emdtZsCqKjbxCvmoJEcQgPD8/4oxsNQaPBTu+LkV8O/BltO
t0CaeE/xtldAstPLLHpI6XWPrRg+LiUCV4IABQhbZKGsDwpSYv7iitwCdWHtflm3wTLImc
YLuO3HLgsV7AKmwdDIPNaoDcJdLkJOmrdQIZ5ZFDCM+DButC+p6pKgkHcvcOIODqLCOdt9
9xmGLyx7/T0Ofio5QeQ9QDZcm4PflfaHIs7o5gdV2CrZmzcBPQ2rXl7AiV+oM1C/4OURG9
+FtZXiXf0//mSjdM/ZiMXDeHIrH4A/1bKf8QXsG7MAAAAMdGVzdC5leGFtcGxlAAAAAAAA
AAZzaGE1MTIAAAEUAAAADHJzYS1zaGEyLTUxMgAAAQAVs/tzymgx10b6GGJOL+UmA47xZV
ZZxs6lchh/EdRlmv1e+r4s7YR2XxyVGTUOYS8LAFX5zOONKusOrpDCSm7C56I/DLkI+NKQ
htuvwvtkhiXvrU/l/9w8AAUsQVT2iQPp2L+8m+cGz8p7nKQO/yGx754M0XyJGlrr2eTiX0
79jPSg/8cJ1zE9Jak8aVsi2gdc6iwRz80GRRWLsrupPaoLQxK/3msTGGKGsjn4narNVI4X
B/CwyKfsXzE9pqzZcDUNrvnqQHdYaZQZTHPkpUHaMgSFFb7+EXFwIU5efj2ReJAqG6c/Ja
1HhkAkYi6iAIolHZ/avHYWyTImI3CF41eY
-----END SSH SIGNATURE-----
`,
  },
]
