// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QTemporaryDir>
#include <QtGlobal>

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <string>

namespace millrace::testing {

/// A certificate that vouches for itself, for `host`.
struct Certificate {
    explicit Certificate(const char* host)
    {
        key = EVP_EC_gen("P-256");
        certificate = X509_new();
        ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
        X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
        X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
        X509_set_version(certificate, 2);
        X509_set_pubkey(certificate, key);
        X509_NAME* const name = X509_get_subject_name(certificate);
        X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>(host), -1, -1, 0);
        X509_set_issuer_name(certificate, name);
        const std::string names = std::string("DNS:") + host;
        X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, names.c_str());
        X509_add_ext(certificate, extension, -1);
        X509_EXTENSION_free(extension);
        X509_sign(certificate, key, EVP_sha256());
    }
    ~Certificate()
    {
        X509_free(certificate);
        EVP_PKEY_free(key);
    }
    Certificate(const Certificate&) = delete;

    /// PEM; `withKey`: as HAProxy wants it, one file for both.
    void write(const QString& path, bool withKey = false) const
    {
        std::FILE* const file = std::fopen(path.toLocal8Bit().constData(), "w");
        PEM_write_X509(file, certificate);
        if (withKey) PEM_write_PrivateKey(file, key, nullptr, nullptr, 0, nullptr, nullptr);
        std::fclose(file);
    }

    EVP_PKEY* key;
    X509* certificate;
};

/// Makes it one that clients of this process trust, as long as this lives.
class Trust {
public:
    explicit Trust(const Certificate& certificate)
    {
        const QString path = folder_.filePath("issuer.pem");
        certificate.write(path);
        qputenv("SSL_CERT_FILE", path.toLocal8Bit());
    }
    ~Trust() { qunsetenv("SSL_CERT_FILE"); }
    Trust(const Trust&) = delete;

private:
    QTemporaryDir folder_;
};

}  // namespace millrace::testing
