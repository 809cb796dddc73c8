"""Runs the original's hub, which its Crossbar ran as a component. Arguments: directory of the repository, URL."""
import sys

directory, url = sys.argv[1], sys.argv[2]
sys.path[:0] = [directory, directory + "/components/hub"]

from autobahn.twisted.wamp import ApplicationRunner
from OpenSSL import crypto
from twisted.internet._sslverify import OpenSSLCertificateAuthorities
from twisted.internet.ssl import CertificateOptions

from hub import hub
import sisock

with open(".crossbar/server_cert.pem", "rb") as pem:
    certificate = crypto.load_certificate(crypto.FILETYPE_PEM, pem.read())
trust = CertificateOptions(trustRoot=OpenSSLCertificateAuthorities([certificate]))
ApplicationRunner(url, sisock.base.REALM, ssl=trust).run(hub)
