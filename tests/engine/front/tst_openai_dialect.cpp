// SPDX-License-Identifier: GPL-3.0-or-later
#include "front/hosts.h"
#include "front/http_text.h"
#include "front/json_scan.h"
#include "front/json_text.h"
#include "front/openai.h"
#include "front/routes.h"
#include "serve/serve.h"
#include "support/seed.h"

#include <QtTest>

#include <boost/json/stream_parser.hpp>

#include <random>

using namespace millrace;
using namespace millrace::front;

namespace {

QByteArray bytes(const std::string& text)
{
    return QByteArray::fromStdString(text);
}

}  // namespace

/// The text of OpenAI's dialect, and of HTTP's fields. Raw strings have an even number of quotes: moc 6.4 is lost
/// after an odd one.
class TestOpenAiDialect : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void readsModelAndStream_data()
    {
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<QByteArray>("model");
        QTest::addColumn<bool>("stream");
        QTest::newRow("model alone") << QByteArray(R"({"model":"a"})") << QByteArray("a") << false;
        QTest::newRow("streamed") << QByteArray(R"( {"stream" : true, "model" : "a/b:c"} )") << QByteArray("a/b:c")
                                  << true;
        QTest::newRow("stream null") << QByteArray(R"({"stream":null,"model":"a"})") << QByteArray("a") << false;
        QTest::newRow("escapes") << QByteArray("{\"\\u006dodel\":\"\\u00e4\\/\\ud83d\\ude00\"}")
                                 << QByteArray("\xc3\xa4/\xf0\x9f\x98\x80") << false;
        // Half a surrogate pair is JSON by its grammar; whether it makes sense is not ours to say.
        QTest::newRow("half an emoji") << QByteArray("{\"model\":\"a\",\"x\":\"cut \\ud83d\",\"\\ude00\":1}")
                                       << QByteArray("a") << false;
        QTest::newRow("byte order mark") << QByteArray("\xef\xbb\xbf{\"model\":\"a\"}") << QByteArray("a") << false;
        QTest::newRow("the inner ones are others'")
            << QByteArray(R"({"x":{"model":"inner","stream":true},"y":[{"model":"z"}],"model":"outer"})")
            << QByteArray("outer") << false;
        QTest::newRow("numbers of all kinds")
            << QByteArray(R"({"a":-1,"b":1.5e300,"c":18446744073709551615,"model":"a","d":[0,0.1]})") << QByteArray("a")
            << false;
    }
    void readsModelAndStream()
    {
        QFETCH(QByteArray, body);
        QFETCH(QByteArray, model);
        QFETCH(bool, stream);
        const auto head = readOpenAiHead(body.toStdString());
        QVERIFY2(head.ok(), text(head.status()).c_str());
        QCOMPARE(bytes(head->model), model);
        QCOMPARE(head->stream, stream);
    }

    void refusesNamingPlaceOrField_data()
    {
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<QByteArray>("field");
        QTest::addColumn<QByteArray>("words");
        QTest::newRow("empty") << QByteArray() << QByteArray() << QByteArray("request body is empty");
        QTest::newRow("cut off") << QByteArray(R"({"model":"a")") << QByteArray()
                                 << QByteArray("unexpected end at byte 12");
        QTest::newRow("second line") << QByteArray("{\n  \"model\": \"a\",\n  oops }") << QByteArray()
                                     << QByteArray("at byte 20 (line 3, column 3)");
        QTest::newRow("something follows")
            << QByteArray(R"({"model":"a"} x)") << QByteArray() << QByteArray("at byte 14");
        QTest::newRow("two objects") << QByteArray(R"({"model":"a"}{})") << QByteArray() << QByteArray("at byte 13");
        QTest::newRow("an array") << QByteArray(R"(["model"])") << QByteArray() << QByteArray("must be a JSON object");
        QTest::newRow("a string") << QByteArray(R"("model")") << QByteArray() << QByteArray("must be a JSON object");
        QTest::newRow("no UTF-8") << QByteArray("{\"model\":\"\xff\"}") << QByteArray()
                                  << QByteArray("request body is not valid JSON");
        QTest::newRow("a control character")
            << QByteArray("{\"model\":\"\n\"}") << QByteArray() << QByteArray("request body is not valid JSON");
        QTest::newRow("too deep") << QByteArray("{\"model\":\"a\",\"x\":") + QByteArray(100'000, '[') << QByteArray()
                                  << QByteArray("request body is not valid JSON");
        QTest::newRow("no model") << QByteArray(R"({"stream":true})") << QByteArray("model")
                                  << QByteArray("is required");
        QTest::newRow("model null") << QByteArray(R"({"model":null})") << QByteArray("model")
                                    << QByteArray("is required");
        QTest::newRow("model empty") << QByteArray(R"({"model":""})") << QByteArray("model")
                                     << QByteArray("is required");
        QTest::newRow("model a number") << QByteArray(R"({"model":1})") << QByteArray("model")
                                        << QByteArray("a string");
        QTest::newRow("model an object") << QByteArray(R"({"model":{"a":"b"}})") << QByteArray("model")
                                         << QByteArray("a string");
        QTest::newRow("model twice") << QByteArray(R"({"model":"a","x":1,"model":"a"})") << QByteArray("model")
                                     << QByteArray("specified twice");
        QTest::newRow("model twice, once with escapes") << QByteArray("{\"model\":\"a\",\"mod\\u0065l\":\"b\"}")
                                                        << QByteArray("model") << QByteArray("specified twice");
        QTest::newRow("stream twice") << QByteArray(R"({"model":"a","stream":true,"stream":null})")
                                      << QByteArray("stream") << QByteArray("specified twice");
        QTest::newRow("model with half an emoji")
            << QByteArray("{\"model\":\"\\ud83d\"}") << QByteArray("model") << QByteArray("surrogate");
        QTest::newRow("model with a control character")
            << QByteArray("{\"model\":\"a\\u001b[2J\"}") << QByteArray("model") << QByteArray("control");
        QTest::newRow("model with a right-to-left mark")
            << QByteArray("{\"model\":\"a\\u202eb\"}") << QByteArray("model") << QByteArray("invisible");
        QTest::newRow("model too long") << QByteArray("{\"model\":\"" + QByteArray(8'000'000, 'm') + "\"}")
                                        << QByteArray("model") << QByteArray("has 8000000 bytes");
        QTest::newRow("stream a string") << QByteArray(R"({"model":"a","stream":"yes"})") << QByteArray("stream")
                                         << QByteArray("true or false");
    }
    void refusesNamingPlaceOrField()
    {
        QFETCH(QByteArray, body);
        QFETCH(QByteArray, field);
        QFETCH(QByteArray, words);
        const auto head = readOpenAiHead(body.toStdString());
        QVERIFY(!head.ok());
        QCOMPARE(codeName(head.status()), std::string("InvalidArgument"));
        QCOMPARE(bytes(fieldOf(head.status()).value_or("")), field);
        QVERIFY2(bytes(text(head.status())).contains(words), text(head.status()).c_str());
        QVERIFY(openAiError(head.status()).size() < 512);
    }

    void neverFallsOverRandomBodies()
    {
        // Whatever comes: an answer or a refusal, and what is taken is really there.
        std::mt19937 random(20240607);
        const std::string seed = "{\"model\":\"abc\",\"stream\":true,\"x\":[1,2.5,{\"y\":\"\\u00e4\"}],\"z\":null}";
        for (int i = 0; i < 20'000; ++i) {
            std::string body = seed;
            const int changes = 1 + static_cast<int>(random() % 4);
            for (int c = 0; c < changes; ++c) body[random() % body.size()] = static_cast<char>(random() % 256);
            if (random() % 4 == 0) body.resize(random() % (body.size() + 1));
            const auto head = readOpenAiHead(body);
            if (head.ok()) QVERIFY(!head->model.empty());
        }
    }

    void errorsHaveAllFourFields_data()
    {
        QTest::addColumn<int>("code");
        QTest::addColumn<QByteArray>("expected");
        const auto row = [](const char* name, absl::StatusCode code, const char* expected) {
            QTest::newRow(name) << static_cast<int>(code) << QByteArray(expected);
        };
        row("bad", absl::StatusCode::kInvalidArgument,
            "{\"error\":{\"message\":\"m "
            "\\\"x\\\"\",\"type\":\"invalid_request_error\",\"param\":null,\"code\":null}}");
        row("missing", absl::StatusCode::kNotFound,
            "{\"error\":{\"message\":\"m "
            "\\\"x\\\"\",\"type\":\"not_found_error\",\"param\":\"model\",\"code\":\"model_not_found\"}}");
        row("limit", absl::StatusCode::kResourceExhausted,
            "{\"error\":{\"message\":\"m "
            "\\\"x\\\"\",\"type\":\"rate_limit_error\",\"param\":null,\"code\":\"rate_limit_exceeded\"}}");
        row("down", absl::StatusCode::kUnavailable,
            "{\"error\":{\"message\":\"m "
            "\\\"x\\\"\",\"type\":\"server_error\",\"param\":null,\"code\":\"unavailable\"}}");
        row("late", absl::StatusCode::kDeadlineExceeded,
            "{\"error\":{\"message\":\"m \\\"x\\\"\",\"type\":\"server_error\",\"param\":null,\"code\":\"timeout\"}}");
        row("bug", absl::StatusCode::kInternal,
            "{\"error\":{\"message\":\"m "
            "\\\"x\\\"\",\"type\":\"server_error\",\"param\":null,\"code\":\"internal_error\"}}");
        row("forbidden", absl::StatusCode::kPermissionDenied,
            "{\"error\":{\"message\":\"m "
            "\\\"x\\\"\",\"type\":\"permission_error\",\"param\":null,\"code\":\"forbidden\"}}");
    }
    void errorsHaveAllFourFields()
    {
        QFETCH(int, code);
        QFETCH(QByteArray, expected);
        const Status status(static_cast<absl::StatusCode>(code), "m \"x\"");
        QCOMPARE(bytes(openAiError(status)), expected);
        QCOMPARE(bytes(openAiErrorEvent(status)), "data: " + expected + "\n\n");
    }

    void upstreamErrorsGetTheForm_data()
    {
        QTest::addColumn<unsigned>("status");
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<QByteArray>("expected");
        const QByteArray whole = R"({"error":{"message":"m","type":"t","param":null,"code":"c","more":1}})";
        QTest::newRow("OpenAI: as it came") << 400u << whole << whole;
        QTest::newRow("llama-server")
            << 503u << QByteArray(R"({"error":{"code":503,"message":"Loading model","type":"unavailable_error"}})")
            << QByteArray(
                   R"({"error":{"code":503,"message":"Loading model","type":"unavailable_error","param":null}})");
        QTest::newRow("llama-server, with what agents need to know")
            << 400u
            << QByteArray(R"({"error":{"code":400,"message":"too long","type":"exceed_context_size_error",)"
                          R"("n_prompt_tokens":9,"n_ctx":8}})")
            << QByteArray(R"({"error":{"code":400,"message":"too long","type":"exceed_context_size_error",)"
                          R"("n_prompt_tokens":9,"n_ctx":8,"param":null}})");
        QTest::newRow("no words")
            << 429u << QByteArray(R"({"error":{"message":null,"wait":3}})")
            << QByteArray(
                   "{\"error\":{\"wait\":3,\"message\":\"{\\\"error\\\":{\\\"message\\\":null,\\\"wait\\\":3"
                   "}}\",\"type\":\"rate_limit_error\",\"param\":null,\"code\":null}}");
        QTest::newRow("Ollama, KServe")
            << 404u << QByteArray(R"({"error":"model not found"})")
            << QByteArray(
                   R"({"error":{"message":"model not found","type":"not_found_error","param":null,"code":null}})");
        QTest::newRow("FastAPI")
            << 422u << QByteArray(R"({"detail":"wrong"})")
            << QByteArray(R"({"error":{"message":"wrong","type":"invalid_request_error","param":null,"code":null},)"
                          R"("detail":"wrong"})");
        QTest::newRow("vLLM, flat")
            << 400u << QByteArray(R"({"object":"error","message":"too long","type":"BadRequestError","code":400})")
            << QByteArray(R"({"error":{"message":"too long","type":"BadRequestError","param":null,"code":400},)"
                          R"("object":"error","message":"too long","type":"BadRequestError","code":400})");
        QTest::newRow("a proxy's page")
            << 502u << QByteArray(" <html>Bad Gateway</html>\n")
            << QByteArray(
                   R"({"error":{"message":"<html>Bad Gateway</html>","type":"server_error","param":null,"code":null}})");
        QTest::newRow("nothing")
            << 500u << QByteArray()
            << QByteArray(
                   R"({"error":{"message":"the backend did not give a reason","type":"server_error","param":null,"code":null}})");
    }
    void upstreamErrorsGetTheForm()
    {
        QFETCH(unsigned, status);
        QFETCH(QByteArray, body);
        QFETCH(QByteArray, expected);
        QCOMPARE(bytes(openAiUpstreamError(status, body.toStdString())), expected);
    }

    void wordsOfUpstreamsAreCutBetweenCharacters()
    {
        for (std::size_t offset = 0; offset < 4; ++offset) {
            const std::string words = std::string(offset, 'a') + [] {
                std::string text;
                for (int i = 0; i < 2000; ++i) text += "\xe6\x97\xa5";
                return text;
            }();
            for (const std::string& body :
                 {words, "{\"error\":{\"message\":\"" + words + "\"}}", "<p>" + std::string(3000, '\xe4') + "</p>"}) {
                const std::string cut = upstreamWords(body);
                QVERIFY(cut.size() <= 2048);
                QVERIFY(isUtf8(cut));
            }
        }
    }

    void anthropicErrorsHaveTheirForm()
    {
        QCOMPARE(bytes(anthropicError(withField(invalidArgument("no"), "model"))),
                 QByteArray(R"({"type":"error","error":{"type":"invalid_request_error","message":"no"}})"));
        QCOMPARE(bytes(anthropicErrorEvent(unavailable("down"))),
                 QByteArray("event: error\ndata: "
                            R"({"type":"error","error":{"type":"overloaded_error","message":"down"}})"
                            "\n\n"));
        const std::string whole = R"({"type":"error","error":{"type":"x","message":"m","more":1}})";
        QVERIFY(isAnthropicError(whole));
        for (const char* other :
             {"no such route", "{}", R"({"error":{"type":"x","message":"m"}})", R"({"type":"error","error":"m"})"})
            QVERIFY2(!isAnthropicError(other), other);
    }

    void scansWhatIsJson_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<bool>("well");
        const auto row = [](const char* text, bool well) { QTest::newRow(text) << QByteArray(text) << well; };
        for (const char* text : {"1", "-0", "0.5e-3", "1E+2", "\"\"", "[]", "{}", " [1,[],{}] ", "null", "[true,false]",
                                 "\"\\ud83d\"", "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00Ff\"", "{\"a\":{\"a\":1}}"})
            row(text, true);
        for (const char* text :
             {"",         " ",    "01",    "+1",      "1.",         ".5",    "1e",      "-",
              "tru",      "[1,]", "[1 2]", "{\"a\"}", "{\"a\":1,}", "{a:1}", "\"\\x\"", "\"\\u12g4\"",
              "\"a\nb\"", "[",    "}",     "[}",      "{]",         "1 2",   "'a'",     "\"\\u12",
              "// a\n1",  "\"a",  "NaN",   "[1,2",    "{\"a\":"})
            row(text, false);
    }
    void scansWhatIsJson()
    {
        QFETCH(QByteArray, text);
        QFETCH(bool, well);
        const auto problem = jsonProblem(text.toStdString());
        QCOMPARE(!problem, well);
        if (problem) QVERIFY2(problem->find(" at byte ") != std::string::npos, problem->c_str());
    }

    /// Strings are looked at sixteen bytes at a time: what ends or breaks them is found at each place.
    void aStringEndsWhereItEnds()
    {
        for (std::size_t size = 0; size < 70; ++size) {
            for (std::size_t place = 0; place <= size; ++place) {
                std::string plain(size, 'x');
                const auto with = [&](const std::string& piece) {
                    std::string text = plain;
                    text.insert(place, piece);
                    return "[\"" + text + "\"]";
                };
                QVERIFY(!jsonProblem(with("")));
                QVERIFY(!jsonProblem(with("\\\"")));
                QVERIFY(!jsonProblem(with("\x7f")));
                QVERIFY(!jsonProblem(with("\xc3\xa4")));
                for (const char* wrong : {"\"", "\n", "\x1f", "\\x"}) QVERIFY(jsonProblem(with(wrong)));
                QVERIFY(jsonProblem(with(std::string(1, '\0'))));
                const std::string text = "{\"k\":\"" + plain + "\",\"m\":1}";
                const auto scan = scanJson(text, {"k"});
                QVERIFY(!scan.problem && scan.members.size() == 1);
                QCOMPARE(std::string(scan.members[0].value), '"' + plain + '"');
            }
        }
    }

    /// The scanner and Boost's parser agree on whatever comes, but for halves of surrogate pairs.
    void scansAsOthersDo()
    {
        const auto seed = testSeed();
        std::mt19937 random(seed);
        const std::string alphabet = "{}[]\",:\\u0019aenrtfls.-+E \n\xc3\xa4\xff";
        const std::vector<std::string> pieces = {"{\"a\":",
                                                 "[1,-2.5e3,true]",
                                                 "\"\\u00e4\\n\"",
                                                 "null",
                                                 ",",
                                                 "\"longer than eight bytes\"",
                                                 "\"longer than sixteen bytes, and than twice as many\"",
                                                 "}",
                                                 "]",
                                                 "{}",
                                                 "0",
                                                 "false"};
        int well = 0;
        for (int i = 0; i < 60'000; ++i) {
            std::string text =
                i % 3 ? "{\"model\":\"abc\",\"x\":[1,2.5,{\"y\":\"\\u00e4 and more text\"}],\"z\":null}" : "";
            for (int n = static_cast<int>(random() % 6); i % 3 == 0 && n >= 0; --n)
                text += pieces[random() % pieces.size()];
            for (int c = static_cast<int>(random() % 3); c > 0 && !text.empty(); --c)
                text[random() % text.size()] = alphabet[random() % alphabet.size()];
            if (random() % 8 == 0) text.resize(random() % (text.size() + 1));
            boost::system::error_code error;
            boost::json::stream_parser parser;
            parser.write(text, error);
            if (!error) parser.finish(error);
            const auto problem = jsonProblem(text);
            well += !problem;
            if (problem.has_value() != error.failed() && text.find("\\ud") == std::string::npos)
                QFAIL(qPrintable(QString("seed %1: %2 (%3)")
                                     .arg(seed)
                                     .arg(QString::fromLatin1(text.c_str()), QString::fromStdString(error.message()))));
            const auto members = problem ? JsonScan().members : scanAllJson(text).members;
            for (const auto& member : members) {
                QVERIFY(member.key.data() > text.data() &&
                        member.value.data() + member.value.size() < text.data() + text.size());
                QVERIFY(!jsonProblem(member.value));
            }
        }
        QVERIFY(well > 1000);
    }

    void listsEachModelOnce()
    {
        std::vector<serve::ModelEntry> models(3);
        models[0].name = models[1].name = "a";
        models[0].backend = "first";
        models[1].backend = "second";
        models[2].name = "b\"c";
        models[2].state = load::ModelState::Cold;
        models[2].info.created = 5;
        models[2].info.kind = backend::ModelKind::Text;
        QCOMPARE(
            bytes(openAiModels(models)),
            QByteArray(R"({"object":"list","data":[{"id":"a","object":"model","created":0,"owned_by":"first",)"
                       "\"state\":\"cold\"},{\"id\":\"b\\\"c\",\"object\":\"model\",\"created\":5,\"owned_by\":\"\","
                       "\"state\":\"cold\","
                       R"("kind":"text"}]})"));
    }

    void quotesSoThatItCanBeRead_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QByteArray>("expected");
        QTest::newRow("plain") << QByteArray("abc") << QByteArray("\"abc\"");
        QTest::newRow("escapes") << QByteArray("a\"\\\n\r\t\x01\x1f")
                                 << QByteArray("\"a\\\"\\\\\\n\\r\\t\\u0001\\u001f\"");
        QTest::newRow("UTF-8") << QByteArray("\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80")
                               << QByteArray("\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\"");
        QTest::newRow("no UTF-8") << QByteArray("a\xff\xc3(\xed\xa0\x80")
                                  << QByteArray("\"a\xef\xbf\xbd\xef\xbf\xbd(\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");
        QTest::newRow("overlong") << QByteArray("\xc0\xaf") << QByteArray("\"\xef\xbf\xbd\xef\xbf\xbd\"");
    }
    void quotesSoThatItCanBeRead()
    {
        QFETCH(QByteArray, text);
        QFETCH(QByteArray, expected);
        std::string out;
        appendQuoted(out, text.toStdString());
        QCOMPARE(bytes(out), expected);
        QVERIFY(!jsonProblem(out));
    }

    void hosts_data()
    {
        QTest::addColumn<QByteArray>("host");
        QTest::addColumn<bool>("allowed");
        const auto row = [](const char* host, bool allowed) { QTest::newRow(host) << QByteArray(host) << allowed; };
        row("localhost", true);
        row("LocalHost:11500", true);
        row("localhost.:80", true);
        row("app.localhost", true);
        row("127.0.0.1", true);
        row("127.1.2.3:9", true);
        row("[::1]", true);
        row("[::1]:80", true);
        row("mybox:11500", true);
        row("MYBOX", true);
        row("evil.example", false);
        row("127.0.0.1.evil.example", false);
        row("localhost.evil.example", false);
        row("evillocalhost", false);
        row("128.0.0.1", false);
        row("[::2]", false);
        row("::1", false);
        row("[127.0.0.1]", false);
        row("localhost:80x", false);
        row("localhost:80@evil.example", false);
        row("evil.example@localhost", false);
        row("localhost/evil", false);
        row("", false);
        row(":80", false);
        row("[::1", false);
        row("0.0.0.0", false);
    }
    void hosts()
    {
        QFETCH(QByteArray, host);
        QFETCH(bool, allowed);
        QCOMPARE(hostAllowed(host.toStdString(), {"mybox"}), allowed);
    }

    void origins_data()
    {
        QTest::addColumn<QByteArray>("origin");
        QTest::addColumn<bool>("allowed");
        const auto row = [](const char* origin, bool allowed) {
            QTest::newRow(origin) << QByteArray(origin) << allowed;
        };
        row("http://localhost:3000", true);
        row("https://mybox", true);
        row("app://obsidian.md", true);
        row("vscode-webview://abc", true);
        row("http://evil.example", false);
        row("HTTPS://localhost.evil.example", false);
        row("null", false);
        row("nonsense", false);
    }
    void origins()
    {
        QFETCH(QByteArray, origin);
        QFETCH(bool, allowed);
        QCOMPARE(originAllowed(origin.toStdString(), {"mybox"}), allowed);
    }

    void routes_data()
    {
        QTest::addColumn<QByteArray>("method");
        QTest::addColumn<QByteArray>("path");
        QTest::addColumn<int>("endpoint");
        QTest::addColumn<QByteArray>("model");
        QTest::addColumn<QByteArray>("version");
        const auto row = [](const char* method, const char* path, Endpoint endpoint, const char* model = "",
                            const char* version = "") {
            QTest::addRow("%s %s", method, path) << QByteArray(method) << QByteArray(path) << static_cast<int>(endpoint)
                                                 << QByteArray(model) << QByteArray(version);
        };
        row("POST", "/v1/responses", Endpoint::OpenAiCall);
        row("POST", "/rerank", Endpoint::OpenAiCall);
        row("POST", "/v1/moderations", Endpoint::OpenAiCall);
        row("GET", "/v1/models/org/name", Endpoint::OpenAiModel, "org/name");
        row("GET", "/v1/models/org%2Fname", Endpoint::OpenAiModel, "org/name");
        row("GET", "/v1/models/", Endpoint::OpenAiModels);
        row("GET", "//v1/models", Endpoint::OpenAiModels);
        row("GET", "/v1//models//", Endpoint::OpenAiModels);
        row("GET", "/v1/models//models/x.gguf", Endpoint::OpenAiModel, "/models/x.gguf");
        row("GET", "//", Endpoint::Root);
        row("GET", "/health", Endpoint::Health);
        row("GET", "/v1/health", Endpoint::Health);
        row("POST", "/v1/messages", Endpoint::OpenAiCall);
        row("POST", "/v1/messages/count_tokens", Endpoint::OpenAiCall);
        row("GET", "/api/tags", Endpoint::Unknown);
        row("GET", "/v2/models/m/config", Endpoint::KModelConfig, "m");
        row("GET", "/v2/models/m/versions/1/stats", Endpoint::KModelStats, "m", "1");
        row("GET", "/v2/models/stats", Endpoint::KModelStats);
        row("GET", "/v2/models/m", Endpoint::KModel, "m");
        row("POST", "/v2/models/a%20b/infer", Endpoint::KInfer, "a b");
        row("POST", "/v2/models/m/versions/2/infer", Endpoint::KInfer, "m", "2");
        row("GET", "/v2/models/m/versions/2/ready", Endpoint::KModelReady, "m", "2");
        row("GET", "/v2/models/m/versions/2", Endpoint::KModel, "m", "2");
        row("GET", "/v2/models/m/versions/", Endpoint::Unknown, "m");
        row("GET", "/v2/models//ready", Endpoint::Unknown);
        row("GET", "/v2/models/m/other", Endpoint::Unknown, "m");
        row("GET", "/v2/models/%00", Endpoint::Unknown);
        row("GET", "/v2/models/%zz", Endpoint::Unknown);
        row("POST", "/v2/repository/models/m/load", Endpoint::KLoad, "m");
        row("POST", "/v2/repository/models/m/unload", Endpoint::KUnload, "m");
        row("POST", "/v1/chat/completions/", Endpoint::OpenAiCall);
    }
    void routes()
    {
        QFETCH(QByteArray, method);
        QFETCH(QByteArray, path);
        QFETCH(int, endpoint);
        QFETCH(QByteArray, model);
        QFETCH(QByteArray, version);
        const Route route = findRoute(method.toStdString(), path.toStdString());
        QCOMPARE(static_cast<int>(route.endpoint), endpoint);
        if (route.endpoint == Endpoint::Unknown) return;
        QVERIFY(route.methodAllowed);
        QVERIFY(!findRoute("DELETE", path.toStdString()).methodAllowed);
        QCOMPARE(bytes(route.model), model);
        QCOMPARE(bytes(route.version), version);
    }

    void namesInPathsAreChecked_data()
    {
        QTest::addColumn<QByteArray>("path");
        QTest::addColumn<QByteArray>("field");
        const auto row = [](const QByteArray& path, const char* field) {
            QTest::newRow(path.left(40)) << path << QByteArray(field);
        };
        for (const char* name : {"%ff%fe", "%c3%28", "a%1b%5b2J", "a%0ab", "%e2%80%aeb", "%ed%a0%bd"}) {
            for (const char* path : {"/v1/models/", "/v2/models/", "/v2/models/m/versions/"})
                row(QByteArray(path) + name, QByteArray(path).contains("versions") ? "version" : "model");
            row("/v2/repository/models/" + QByteArray(name) + "/load", "model");
        }
        row("/v2/models/" + QByteArray(300, 'm') + "/infer", "model");
        row("/v1/models/" + QByteArray(60'000, 'm'), "model");
    }
    void namesInPathsAreChecked()
    {
        QFETCH(QByteArray, path);
        QFETCH(QByteArray, field);
        const Route route = findRoute("GET", path.toStdString());
        QVERIFY(route.endpoint != Endpoint::Unknown);
        QVERIFY(!route.problem.ok());
        QCOMPARE(bytes(fieldOf(route.problem).value_or("")), field);
        QVERIFY(route.model.empty() || route.version.empty());
        const std::string body = errorBody(route.dialect, route.problem);
        QVERIFY(body.size() < 512);
        QVERIFY(!jsonProblem(body));
        QVERIFY(body.find('\x1b') == std::string::npos);
    }

    void dialectsGoByThePath()
    {
        for (const auto& [path, dialect] :
             std::vector<std::pair<const char*, Dialect>>{{"/v1/nothing", Dialect::OpenAi},
                                                          {"/v1/messages/batches", Dialect::Anthropic},
                                                          {"/api/chat", Dialect::Ollama},
                                                          {"//api/tags", Dialect::Ollama},
                                                          {"/apis", Dialect::Plain},
                                                          {"/v2/nothing", Dialect::KServe},
                                                          {"/v2x", Dialect::Plain}})
            QVERIFY2(findRoute("GET", path).dialect == dialect, path);
        QCOMPARE(bytes(errorBody(Dialect::Ollama, invalidArgument("no"))), QByteArray(R"({"error":"no"})"));
    }

    void clientsHaveNames_data()
    {
        QTest::addColumn<QByteArray>("agent");
        QTest::addColumn<QByteArray>("name");
        const auto row = [](const char* agent, const char* name) {
            QTest::newRow(agent) << QByteArray(agent) << QByteArray(name);
        };
        row("curl/7.88.1", "curl · 1");
        row("OpenAI/Python 1.30.1", "OpenAI/Python · 1");
        row("openai-node/v4.2", "openai-node · 1");
        row("python-requests/2.31.0 extra", "python-requests · 1");
        row("", "http · 1");
        row("\x01<script>", "script · 1");
    }
    void clientsHaveNames()
    {
        QFETCH(QByteArray, agent);
        QFETCH(QByteArray, name);
        QCOMPARE(bytes(clientName(agent.toStdString(), "http", 1)), name);
        QVERIFY(clientName(std::string(1000, 'x'), "http", 1).size() < 80);
    }

    void gzipIsAccepted_data()
    {
        QTest::addColumn<QByteArray>("value");
        QTest::addColumn<bool>("accepted");
        const auto row = [](const char* value, bool accepted) {
            QTest::newRow(value) << QByteArray(value) << accepted;
        };
        row("gzip", true);
        row("deflate, GZIP;q=0.5", true);
        row("*", true);
        row("gzip;q=0", false);
        row("gzip; q=0.0, *", false);
        row("identity", false);
        row("", false);
        row("br, gzip ", true);
    }
    void gzipIsAccepted()
    {
        QFETCH(QByteArray, value);
        QFETCH(bool, accepted);
        QCOMPARE(acceptsGzip(value.toStdString()), accepted);
    }

    void clientsSayHowLongTheyWait()
    {
        RequestHead head;
        head.start("GET", "/", 11);
        QVERIFY(!clientTimeout(head));
        head.add("X-Stainless-Timeout", "1.5");
        QVERIFY(clientTimeout(head) == Duration(1500ms));
        head.add("X-Request-Timeout-Ms", "200");
        QVERIFY(clientTimeout(head) == Duration(200ms));
        for (const char* nonsense : {"", "-1", "0", "nan", "inf", "5s", "1e400"}) {
            RequestHead other;
            other.start("GET", "/", 11);
            other.add("X-Request-Timeout-Ms", nonsense);
            QVERIFY2(!clientTimeout(other), nonsense);
        }
    }
};

QTEST_GUILESS_MAIN(TestOpenAiDialect)
#include "tst_openai_dialect.moc"
