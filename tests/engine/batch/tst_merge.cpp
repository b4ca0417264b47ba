// SPDX-License-Identifier: GPL-3.0-or-later
#include "backend/tensor.h"
#include "batch/list_answer.h"
#include "batch/list_request.h"
#include "batch/merge.h"
#include "inference.pb.h"
#include "support/seed.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <random>

using namespace millrace;
using namespace millrace::batch;

namespace {

struct Input {
    const char* name;
    const char* datatype;
    std::vector<std::int64_t> shape;
    std::string raw;
};

InferRequest request(const std::vector<Input>& inputs, const std::string& id = "")
{
    InferRequest made;
    made.set_model_name("m");
    made.set_id(id);
    for (const Input& input : inputs) {
        auto* tensor = made.add_inputs();
        tensor->set_name(input.name);
        tensor->set_datatype(input.datatype);
        for (const auto axis : input.shape) tensor->add_shape(axis);
        made.add_raw_input_contents(input.raw);
    }
    return made;
}

std::string text(std::initializer_list<std::string> elements)
{
    inference::InferTensorContents contents;
    for (const auto& element : elements) contents.add_bytes_contents(element);
    return backend::toRaw("BYTES", contents).value();
}

/// An answer that gives every input back as an output.
InferResponse echo(const InferRequest& request)
{
    InferResponse answer;
    answer.set_model_name("m");
    for (const auto& input : request.inputs()) {
        auto* output = answer.add_outputs();
        output->set_name(input.name());
        output->set_datatype(input.datatype());
        *output->mutable_shape() = input.shape();
    }
    *answer.mutable_raw_output_contents() = request.raw_input_contents();
    return answer;
}

std::vector<const InferRequest*> pointers(const std::vector<InferRequest>& requests)
{
    std::vector<const InferRequest*> all;
    for (const auto& each : requests) all.push_back(&each);
    return all;
}

std::string signatureOf(const InferRequest& request)
{
    return mergeable(request).signature;
}

ListRequest parsed(const char* body)
{
    auto made = ListRequest::parse(body);
    if (!made.ok()) qFatal("%s", millrace::text(made.status()).c_str());
    return *std::move(made);
}

QJsonObject json(const std::string& written)
{
    QJsonParseError error;
    const auto document = QJsonDocument::fromJson(QByteArray::fromStdString(written), &error);
    if (error.error != QJsonParseError::NoError) qFatal("%s in %s", qPrintable(error.errorString()), written.c_str());
    return document.object();
}

}  // namespace

class TestMerge : public QObject {
    Q_OBJECT

private Q_SLOTS:
    // ---- KServe v2 ----

    void mergesAlongAxisZero()
    {
        const std::vector<InferRequest> members{
            request({{"x", "UINT8", {1, 3}, "abc"}, {"w", "BYTES", {1}, text({"one"})}}),
            request({{"x", "UINT8", {2, 3}, "defghi"}, {"w", "BYTES", {2}, text({"two", ""})}})};
        const auto all = pointers(members);
        const auto merged = merge(all);
        QCOMPARE(merged->model_name(), std::string("m"));
        QCOMPARE(merged->inputs(0).shape(0), 3);
        QCOMPARE(merged->inputs(0).shape(1), 3);
        QCOMPARE(merged->raw_input_contents(0), std::string("abcdefghi"));
        QCOMPARE(merged->inputs(1).shape(0), 3);
        QCOMPARE(merged->raw_input_contents(1), text({"one", "two", ""}));
    }

    void splitsByRowsWhateverTheDatatype()
    {
        std::vector<InferRequest> members{
            request({{"x", "UINT8", {1, 2}, "ab"}, {"w", "BYTES", {1, 2}, text({"one", "1"})}}, "first"),
            request(
                {{"x", "UINT8", {3, 2}, "cdefgh"}, {"w", "BYTES", {3, 2}, text({"two", "2", "", "three", "3", "33"})}},
                "second")};
        const auto all = pointers(members);
        auto answer = echo(*merge(all));
        (*answer.mutable_parameters())["note"].set_string_param("kept");
        const auto parts = split(answer, all).value();
        QCOMPARE(parts.size(), 2U);
        for (std::size_t i = 0; i < 2; ++i) {
            QCOMPARE(parts[i]->id(), members[i].id());
            QCOMPARE(parts[i]->raw_output_contents(0), members[i].raw_input_contents(0));
            QCOMPARE(parts[i]->raw_output_contents(1), members[i].raw_input_contents(1));
            QCOMPARE(parts[i]->outputs(0).shape(0), members[i].inputs(0).shape(0));
            QCOMPARE(parts[i]->outputs(1).shape(1), 2);
            QCOMPARE(parts[i]->parameters().at("note").string_param(), std::string("kept"));
        }
    }

    void comesBackTheSame()
    {
        const auto seed = testSeed();
        std::mt19937 random(seed);
        for (int round = 0; round < 200; ++round) {
            const int count = 1 + static_cast<int>(random() % 20);
            const auto width = static_cast<std::int64_t>(random() % 4);
            std::vector<InferRequest> members;
            for (int i = 0; i < count; ++i) {
                const auto rows = static_cast<std::int64_t>(1 + random() % 5);
                std::string numbers(static_cast<std::size_t>(rows * width * 4), '\0');
                for (char& byte : numbers) byte = static_cast<char>(random());
                inference::InferTensorContents words;
                for (std::int64_t w = 0; w < rows * width; ++w)
                    words.add_bytes_contents(std::string(random() % 6, static_cast<char>('a' + random() % 26)));
                members.push_back(request({{"x", "FP32", {rows, width}, numbers},
                                           {"w", "BYTES", {rows, width}, backend::toRaw("BYTES", words).value()}},
                                          std::to_string(i)));
            }
            const auto all = pointers(members);
            for (const auto& member : members) QCOMPARE(signatureOf(member), signatureOf(members.front()));
            const auto parts = split(echo(*merge(all)), all);
            QVERIFY2(parts.ok(), millrace::text(parts.status()).c_str());
            for (std::size_t i = 0; i < members.size(); ++i) {
                auto expected = echo(members[i]);
                expected.set_id(members[i].id());
                QCOMPARE((*parts)[i]->SerializeAsString(), expected.SerializeAsString());
            }
        }
    }

    void membersMustShareTheirSignature_data()
    {
        QTest::addColumn<QByteArray>("other");
        QTest::addColumn<bool>("same");
        const auto row = [](const char* name, const InferRequest& other, bool same) {
            QTest::newRow(name) << QByteArray::fromStdString(other.SerializeAsString()) << same;
        };
        const auto base = request({{"x", "FP32", {1, 2}, "12345678"}});
        row("more rows", request({{"x", "FP32", {2, 2}, "1234567812345678"}}), true);
        auto other = base;
        other.set_id("another id");
        row("another id", other, true);
        row("another name", request({{"y", "FP32", {1, 2}, "12345678"}}), false);
        row("another datatype", request({{"x", "INT32", {1, 2}, "12345678"}}), false);
        row("another width", request({{"x", "FP32", {1, 1}, "1234"}}), false);
        row("another rank", request({{"x", "FP32", {1, 2, 1}, "12345678"}}), false);
        row("one input more", request({{"x", "FP32", {1, 2}, "12345678"}, {"y", "UINT8", {1}, "1"}}), false);
        other = base;
        other.set_model_version("2");
        row("another version", other, false);
        other = base;
        (*other.mutable_parameters())["k"].set_int64_param(1);
        row("a parameter", other, false);
        other = base;
        (*other.mutable_inputs(0)->mutable_parameters())["k"].set_int64_param(1);
        row("a parameter of an input", other, false);
        other = base;
        other.add_outputs()->set_name("y");
        row("requested outputs", other, false);
    }
    void membersMustShareTheirSignature()
    {
        QFETCH(QByteArray, other);
        QFETCH(bool, same);
        InferRequest read;
        QVERIFY(read.ParseFromString(other.toStdString()));
        const auto base = request({{"x", "FP32", {1, 2}, "12345678"}});
        QCOMPARE(signatureOf(read) == signatureOf(base), same);
        QVERIFY(mergeable(read).rows > 0);
    }

    void theOrderOfParametersDoesNotMatter()
    {
        auto one = request({{"x", "UINT8", {1}, "1"}});
        auto two = one;
        for (const char* key : {"a", "b", "c", "d", "e"}) (*one.mutable_parameters())[key].set_int64_param(key[0]);
        for (const char* key : {"e", "c", "d", "b", "a"}) (*two.mutable_parameters())[key].set_int64_param(key[0]);
        QCOMPARE(signatureOf(one), signatureOf(two));
    }

    void someRequestsGoAlone_data()
    {
        QTest::addColumn<QByteArray>("wire");
        QTest::addColumn<QString>("why");
        const auto row = [](const char* name, const InferRequest& made, const char* why) {
            QTest::newRow(name) << QByteArray::fromStdString(made.SerializeAsString()) << QString(why);
        };
        auto made = request({{"x", "UINT8", {1}, "1"}});
        (*made.mutable_parameters())["sequence_id"].set_int64_param(3);
        row("sequence", made, "sequence requests are not batched");
        row("scalar", request({{"x", "UINT8", {}, "1"}}), "input \"x\" has no rows along axis 0");
        row("no rows", request({{"x", "UINT8", {0, 4}, ""}}), "input \"x\" has no rows along axis 0");
        row("differ in the number of rows", request({{"x", "UINT8", {1}, "1"}, {"y", "UINT8", {2}, "12"}}),
            "its inputs differ in the number of rows (axis 0)");
        row("no inputs", request({}), "it has no inputs");
    }
    void someRequestsGoAlone()
    {
        QFETCH(QByteArray, wire);
        QFETCH(QString, why);
        InferRequest read;
        QVERIFY(read.ParseFromString(wire.toStdString()));
        const auto found = mergeable(read);
        QCOMPARE(found.rows, 0U);
        QCOMPARE(QString::fromStdString(found.alone), why);
    }

    void findsOutAnAnswerThatDoesNotSplit()
    {
        const std::vector<InferRequest> members{request({{"x", "UINT8", {1}, "a"}}),
                                                request({{"x", "UINT8", {1}, "b"}})};
        const auto all = pointers(members);
        auto answer = echo(*merge(all));
        answer.mutable_outputs(0)->set_shape(0, 1);
        QCOMPARE(splits(answer, 2).code(), absl::StatusCode::kFailedPrecondition);
        QCOMPARE(split(answer, all).status().code(), absl::StatusCode::kFailedPrecondition);
        answer.mutable_outputs(0)->clear_shape();
        QVERIFY(!split(answer, all).ok());
        answer = echo(*merge(all));
        answer.clear_raw_output_contents();
        QVERIFY(!split(answer, all).ok());
        answer = echo(*merge(all));
        answer.set_raw_output_contents(0, "abc");
        QVERIFY(!split(answer, all).ok());
    }

    void describesASignatureForPeople()
    {
        auto made = request({{"x", "FP32", {4, 28, 28}, ""}, {"w", "BYTES", {4}, ""}});
        made.add_outputs()->set_name("label");
        (*made.mutable_parameters())["temperature"].set_double_param(0.5);
        QCOMPARE(describe(made), std::string("x FP32 [28,28], w BYTES [] → label with temperature"));
    }

    // ---- OpenAI embeddings ----

    void readsEveryFormOfInput_data()
    {
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<QStringList>("inputs");
        QTest::addColumn<QString>("kind");
        QTest::newRow("text") << QByteArray(R"({"model":"e","input":"hello"})") << QStringList{"\"hello\""} << "text";
        QTest::newRow("texts") << QByteArray("{\"model\":\"e\",\"input\":[ \"a\" , \"b\\\"[,]\" ]}")
                               << QStringList{"\"a\"", "\"b\\\"[,]\""} << "text";
        QTest::newRow("tokens") << QByteArray(R"({"input":[1, 2, 3],"model":"e"})") << QStringList{"[1, 2, 3]"}
                                << "tokens";
        QTest::newRow("lists of tokens") << QByteArray(R"({"input":[[1,2],[3]],"model":"e"})")
                                         << QStringList{"[1,2]", "[3]"} << "tokens";
        QTest::newRow("half a surrogate pair")
            << QByteArray(R"({"model":"e","input":["\ud83d","\udc00x"],"user":"\udfff"})")
            << QStringList{R"("\ud83d")", R"("\udc00x")"} << "text";
        QTest::newRow("white space") << QByteArray(" {\n \"input\" :\t\"x\" , \"model\": \"e\" }\n")
                                     << QStringList{"\"x\""} << "text";
    }
    void readsEveryFormOfInput()
    {
        QFETCH(QByteArray, body);
        QFETCH(QStringList, inputs);
        QFETCH(QString, kind);
        const auto read = parsed(body.constData());
        QStringList found;
        for (std::uint32_t i = 0; i < read.rows(); ++i) {
            const auto input = read.input(i);
            found << QString::fromUtf8(input.data(), static_cast<qsizetype>(input.size()));
        }
        QCOMPARE(found, inputs);
        QVERIFY(read.signature().starts_with(kind.toStdString()));
        QCOMPARE(read.body(), body.toStdString());
    }

    void someEmbeddingsGoAlone_data()
    {
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<QString>("why");
        QTest::newRow("empty") << QByteArray(R"({"input":[]})") << "its input is empty";
        QTest::newRow("mixed") << QByteArray(R"({"input":["a",[1]]})") << "its input mixes types";
        QTest::newRow("object") << QByteArray(R"({"input":{"image":"…"}})")
                                << "its input is neither text nor token IDs";
        QTest::newRow("objects") << QByteArray(R"({"input":[{"text":"a"}]})")
                                 << "its input is neither text nor token IDs";
        QTest::newRow("null") << QByteArray(R"({"input":null})") << "its input is neither text nor token IDs";
        QTest::newRow("twice") << QByteArray(R"({"input":"a","input":"b"})") << "a field is specified twice";
        QTest::newRow("another field twice")
            << QByteArray(R"({"input":"a","user":"b","user":"c"})") << "a field is specified twice";
        QByteArray many = R"({"input":["a")";
        for (int i = 0; i < 2048; ++i) many += ",\"a\"";
        QTest::newRow("too many") << many + "]}"
                                  << "it has more than 2048 inputs";
        QTest::newRow("number") << QByteArray(R"({"input":7})") << "its input is neither text nor token IDs";
        QTest::newRow("a name with escapes")
            << QByteArray(R"({"inp\u0075t":"a"})") << "a field name contains escape sequences";
        QTest::newRow("a name twice, once with escapes")
            << QByteArray(R"({"input":"a","inp\u0075t":"b"})") << "a field name contains escape sequences";
        const QByteArray numbers = "{\"input\":[" + QByteArray("1,").repeated(65536) + "1]}";
        QTest::newRow("too many tokens") << numbers << "it has more than 65536 tokens";
        QTest::newRow("large") << QByteArray("{\"input\":\"" + QByteArray(1 << 20, 'a') + "\"}")
                               << "its body of 1 MiB is too large to be batched";
        // Read no further than to the reason: who answers for the rest is the server it goes to.
        QTest::newRow("malformed behind too many") << many + ",]}"
                                                   << "it has more than 2048 inputs";
        QTest::newRow("malformed and large") << QByteArray("{\"input\":[" + QByteArray("[").repeated(1 << 20))
                                             << "its body of 1 MiB is too large to be batched";
    }
    void someEmbeddingsGoAlone()
    {
        QFETCH(QByteArray, body);
        QFETCH(QString, why);
        const auto read = parsed(body.constData());
        QCOMPARE(read.rows(), 0U);
        QCOMPARE(QString::fromStdString(read.alone()), why);
        QCOMPARE(read.body(), body.toStdString());
    }

    /// What one body may cost: 40 MB of the smallest items are no more work than a request of a thousandth.
    void readsNoFurtherThanItMust()
    {
        // The quickest of a few: other programs may hold the processors.
        const auto cost = [](const char* item, std::size_t bytes) {
            auto quickest = std::chrono::steady_clock::duration::max();
            for (int turn = 0; turn < 5; ++turn) {
                std::string body =
                    "{\"model\":\"e\",\"input\":[" +
                    QByteArray(item).repeated(static_cast<qsizetype>(bytes / strlen(item))).toStdString();
                const auto began = std::chrono::steady_clock::now();
                const auto read = ListRequest::parse(std::move(body));
                quickest = std::min(quickest, std::chrono::steady_clock::now() - began);
            }
            return std::chrono::duration_cast<std::chrono::microseconds>(quickest).count();
        };
        for (const char* item : {"1,", "\"a\",", "[1],", "{},", "[[[[", "1e999,"}) {
            const auto read =
                ListRequest::parse("{\"model\":\"e\",\"input\":[" + QByteArray(item).repeated(1 << 20).toStdString());
            QVERIFY2(read.ok() && !read->alone().empty(), item);
            const auto large = cost(item, 40U << 20), small = cost(item, 40U << 10);
            QVERIFY2(large <= 20 * (small + 10),
                     qPrintable(QString("%1: %2 us, %3 us").arg(item).arg(large).arg(small)));
        }
    }

    void someCompletionsGoAlone_data()
    {
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<QString>("why");
        QTest::newRow("streamed") << QByteArray(R"({"prompt":"a","stream":true})") << "it is streamed";
        QTest::newRow("two answers") << QByteArray(R"({"prompt":"a","n":2})") << "it requests several choices";
        QTest::newRow("best of") << QByteArray(R"({"prompt":"a","best_of":3})") << "it requests several choices";
        QTest::newRow("null") << QByteArray(R"({"prompt":null})") << "its prompt is neither text nor token IDs";
        QByteArray many = R"({"prompt":["a")";
        for (int i = 0; i < 64; ++i) many += ",\"a\"";
        QTest::newRow("too many") << many + "]}"
                                  << "it has more than 64 prompts";
    }
    void someCompletionsGoAlone()
    {
        QFETCH(QByteArray, body);
        QFETCH(QString, why);
        const auto read = ListRequest::parse(body.toStdString(), ListKind::Completions);
        QVERIFY(read.ok());
        QCOMPARE(read->rows(), 0U);
        QCOMPARE(QString::fromStdString(read->alone()), why);
    }

    void completionsAreMergedAndSplit()
    {
        const auto make = [](const char* body) { return *ListRequest::parse(body, ListKind::Completions); };
        const auto one = make(R"({"model":"m","prompt":"four","n":1,"stream":false,"max_tokens":8})");
        const auto two = make(R"({"model":"m","prompt":["a","abc"],"n":1,"stream":false,"max_tokens":8})");
        const auto other = make(R"({"model":"m","prompt":"a","n":1,"stream":false,"max_tokens":9})");
        QCOMPARE(one.signature(), two.signature());
        QVERIFY(one.signature() != other.signature());
        QVERIFY(one.signature() != ListRequest::parse(R"({"model":"m","input":"a"})")->signature());
        const std::vector<const ListRequest*> members{&one, &two};
        QCOMPARE(merge(members),
                 std::string(R"({"max_tokens":8,"model":"m","n":1,"stream":false,"prompt":["four","a","abc"]})"));
        const auto answers = split(R"({"id":"c","object":"text_completion","choices":[
                {"index":2,"text":"long long long text","finish_reason":"length","logprobs":null},
                {"index":0,"text":"x","finish_reason":"stop"},{"index":1,"text":"y","finish_reason":"stop"}],
                "usage":{"prompt_tokens":4,"completion_tokens":7,"total_tokens":11}})",
                                   members);
        QVERIFY2(answers.ok(), millrace::text(answers.status()).c_str());
        const auto first = json(answers->at(0)), second = json(answers->at(1));
        QCOMPARE(first["id"].toString(), QString("c"));
        QCOMPARE(first["choices"].toArray().size(), 1);
        QCOMPARE(first["choices"][0]["text"].toString(), QString("x"));
        QCOMPARE(first["choices"][0]["index"].toInt(), 0);
        QCOMPARE(second["choices"].toArray().size(), 2);
        QCOMPARE(second["choices"][1]["text"].toString(), QString("long long long text"));
        QCOMPARE(second["choices"][1]["index"].toInt(), 1);
        int prompt = 0, written = 0;
        for (const auto& answer : {first, second}) {
            const auto usage = answer["usage"].toObject();
            QVERIFY(usage["millrace_estimated"].toBool());
            QCOMPARE(usage["total_tokens"].toInt(),
                     usage["prompt_tokens"].toInt() + usage["completion_tokens"].toInt());
            prompt += usage["prompt_tokens"].toInt();
            written += usage["completion_tokens"].toInt();
        }
        QCOMPARE(prompt, 4);
        QCOMPARE(written, 7);
        QVERIFY(second["usage"]["completion_tokens"].toInt() > first["usage"]["completion_tokens"].toInt());
        const auto few = split(R"({"choices":[{"index":0,"text":"x"}]})", members);
        QCOMPARE(QString::fromStdString(millrace::text(few.status())),
                 QString("the response has 1 choices for 3 prompts"));
    }

    void refusesWhatIsNoRequest_data()
    {
        QTest::addColumn<QByteArray>("body");
        for (const char* body :
             {"", "[]", "\"input\"", "{", "{\"input\":\"a\"", "{\"input\":\"a\"}}", "{\"input\":\"a\"} {}",
              "{\"input\":[\"a\"}", "{\"input\":[1,2x]}", "{\"input\":[1,-]}", "{\"model\":\"e\"}",
              "{\"input\":\"\xff\"}", "{\"input\":}", "{\"input\" \"a\"}"})
            QTest::addRow("%s", body) << QByteArray(body);
    }
    void refusesWhatIsNoRequest()
    {
        QFETCH(QByteArray, body);
        QCOMPARE(ListRequest::parse(body.toStdString()).status().code(), absl::StatusCode::kInvalidArgument);
    }

    void embeddingsShareEverythingButTheirInput_data()
    {
        QTest::addColumn<QByteArray>("other");
        QTest::addColumn<bool>("same");
        QTest::newRow("other text") << QByteArray(R"({"input":"b","model":"e","encoding_format":"float"})") << true;
        QTest::newRow("more text") << QByteArray(R"({"model":"e","encoding_format":"float","input":["b","c"]})")
                                   << true;
        QTest::newRow("other order") << QByteArray(R"({"encoding_format":"float","input":"b","model":"e"})") << true;
        QTest::newRow("tokens") << QByteArray(R"({"model":"e","encoding_format":"float","input":[1,2]})") << false;
        QTest::newRow("other format") << QByteArray(R"({"model":"e","encoding_format":"base64","input":"b"})") << false;
        QTest::newRow("no format") << QByteArray(R"({"model":"e","input":"b"})") << false;
        QTest::newRow("dimensions") << QByteArray(
                                           R"({"model":"e","encoding_format":"float","dimensions":64,"input":"b"})")
                                    << false;
        QTest::newRow("another user") << QByteArray(R"({"model":"e","encoding_format":"float","user":"b","input":"b"})")
                                      << false;
        QTest::newRow("an unknown extra")
            << QByteArray(R"({"model":"e","encoding_format":"float","truncate":true,"input":"b"})") << false;
    }
    void embeddingsShareEverythingButTheirInput()
    {
        QFETCH(QByteArray, other);
        QFETCH(bool, same);
        const auto base = parsed(R"({"model":"e","encoding_format":"float","input":"a"})");
        QCOMPARE(parsed(other.constData()).signature() == base.signature(), same);
    }

    void embeddingsBecomeOneAndTheirOwnAgain()
    {
        const auto one = parsed(R"({"model":"e","input":"a","truncate":{"side":"left"}})");
        const auto two = parsed(R"({"truncate":{"side":"left"},"model":"e","input":["bb","ccc"]})");
        const std::vector<const ListRequest*> members{&one, &two};
        const auto body = merge(members);
        const auto sent = json(body);
        QCOMPARE(sent["model"].toString(), QString("e"));
        QCOMPARE(sent["truncate"].toObject()["side"].toString(), QString("left"));
        QCOMPARE(sent["input"].toArray(), (QJsonArray{"a", "bb", "ccc"}));

        // Out of order, numbers and unknown fields to be kept as they are.
        const auto parts = split(R"({"object":"list","id":"x7","model":"e",
            "data":[{"object":"embedding","index":2,"embedding":[3.00000001,-1e-9]},
                    {"object":"embedding","embedding":[1],"index":0},
                    {"index":1,"object":"embedding","embedding":"AAAA==","extra":{"a":[1,{"index":9}]}}],
            "usage":{"prompt_tokens":10,"total_tokens":10}})",
                                 members);
        QVERIFY2(parts.ok(), millrace::text(parts.status()).c_str());
        QVERIFY(parts->at(1).find("\"embedding\":[3.00000001,-1e-9]") != std::string::npos);
        const auto first = json(parts->at(0));
        const auto second = json(parts->at(1));
        QCOMPARE(first["object"].toString(), QString("list"));
        QCOMPARE(first["id"].toString(), QString("x7"));
        QCOMPARE(first["data"].toArray().size(), 1);
        QCOMPARE(first["data"][0]["index"].toInt(-1), 0);
        QCOMPARE(first["data"][0]["embedding"].toArray(), QJsonArray{1});
        QCOMPARE(second["data"].toArray().size(), 2);
        QCOMPARE(second["data"][0]["index"].toInt(-1), 0);
        QCOMPARE(second["data"][0]["embedding"].toString(), QString("AAAA=="));
        QCOMPARE(second["data"][0]["extra"]["a"][1]["index"].toInt(), 9);
        QCOMPARE(second["data"][1]["index"].toInt(-1), 1);
        // Three inputs of about a token each.
        QCOMPARE(first["usage"]["prompt_tokens"].toInt() + second["usage"]["prompt_tokens"].toInt(), 10);
        QCOMPARE(first["usage"]["prompt_tokens"].toInt(), 3);
        QVERIFY(first["usage"]["millrace_estimated"].toBool());
        QVERIFY(second["usage"]["millrace_estimated"].toBool());
    }

    void tokensSplitTheUsageExactly()
    {
        const auto one = parsed(R"({"model":"e","input":[[1,2,3],[4]]})");
        const auto two = parsed(R"({"model":"e","input":[5,6]})");
        const std::vector<const ListRequest*> members{&one, &two};
        const auto parts = split(R"({"data":[{"embedding":[1]},{"embedding":[2]},{"embedding":[3]}],
                                     "usage":{"prompt_tokens":6,"total_tokens":6}})",
                                 members);
        QVERIFY2(parts.ok(), millrace::text(parts.status()).c_str());
        QCOMPARE(json(parts->at(0)).value("usage")["prompt_tokens"].toInt(), 4);
        QCOMPARE(json(parts->at(1)).value("usage")["prompt_tokens"].toInt(), 2);
    }

    void anAnswerWithoutUsageStaysWithout()
    {
        const auto one = parsed(R"({"input":"a"})");
        const auto two = parsed(R"({"input":"b"})");
        const std::vector<const ListRequest*> members{&one, &two};
        const auto parts = split(R"({"data":[{"embedding":[1]},{"embedding":[2]}]})", members);
        QVERIFY(!json(parts.value()[0]).contains("usage"));
    }

    void findsOutEmbeddingsThatDoNotSplit_data()
    {
        QTest::addColumn<QByteArray>("answer");
        QTest::newRow("one too few") << QByteArray(R"({"data":[{"embedding":[1],"index":0}]})");
        QTest::newRow("one too many") << QByteArray(
            R"({"data":[{"embedding":[1]},{"embedding":[1]},{"embedding":[1]}]})");
        QTest::newRow("index twice") << QByteArray(
            R"({"data":[{"embedding":[1],"index":0},{"embedding":[1],"index":0}]})");
        QTest::newRow("index beyond") << QByteArray(
            R"({"data":[{"embedding":[1],"index":0},{"embedding":[1],"index":2}]})");
        QTest::newRow("no data") << QByteArray(R"({"object":"list"})");
        QTest::newRow("no list") << QByteArray(R"({"data":7})");
        QTest::newRow("no objects") << QByteArray(R"({"data":[1,2]})");
        QTest::newRow("cut off") << QByteArray(R"({"data":[{"embedding":[1],"index":0},{"embedding":[1)");
        QTest::newRow("nothing") << QByteArray();
    }
    void findsOutEmbeddingsThatDoNotSplit()
    {
        QFETCH(QByteArray, answer);
        const auto one = parsed(R"({"input":"a"})");
        const auto two = parsed(R"({"input":"b"})");
        const std::vector<const ListRequest*> members{&one, &two};
        QCOMPARE(split(answer.toStdString(), members).status().code(), absl::StatusCode::kFailedPrecondition);
    }

    void readsTheMessageOfAnError_data()
    {
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<QString>("message");
        QTest::newRow("OpenAI") << QByteArray("{\"error\":{\"message\":\"too \\\"long\\\"\",\"code\":null}}")
                                << "too \"long\"";
        QTest::newRow("bare") << QByteArray(R"({"error":"model not found"})") << "model not found";
        QTest::newRow("none") << QByteArray(R"({"detail":"?"})") << "";
        QTest::newRow("no JSON") << QByteArray("<html>") << "";
    }
    void readsTheMessageOfAnError()
    {
        QFETCH(QByteArray, body);
        QFETCH(QString, message);
        QCOMPARE(QString::fromStdString(errorMessage(body.toStdString())), message);
    }
};

QTEST_GUILESS_MAIN(TestMerge)
#include "tst_merge.moc"
