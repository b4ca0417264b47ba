// SPDX-License-Identifier: GPL-3.0-or-later
#include "backend/tensor_message.h"
#include "front/json_text.h"
#include "front/kserve_read.h"
#include "front/kserve_write.h"
#include "inference.pb.h"
#include "serve/serve.h"

#include <QtTest>

#include <cstring>
#include <limits>
#include <random>

using namespace millrace;
using namespace millrace::front;

namespace {

QByteArray bytes(const std::string& text)
{
    return QByteArray::fromStdString(text);
}

template <typename... T>
QByteArray little(T... values)
{
    QByteArray out;
    const auto one = [&](auto value) { out.append(reinterpret_cast<const char*>(&value), sizeof value); };
    (one(values), ...);
    return out;
}

QByteArray input(const char* datatype, const char* shape, const char* data)
{
    return QByteArray(R"({"inputs":[{"name":"x","shape":)") + shape + ",\"datatype\":\"" + datatype +
           "\",\"data\":" + data + "}]}";
}

StatusOr<InferCall> read(const QByteArray& body, std::optional<std::size_t> jsonBytes = std::nullopt)
{
    std::string text = body.toStdString();
    return readInfer(text, jsonBytes);
}

inference::ModelInferResponse answerOf(const char* datatype, std::vector<std::int64_t> shape, const QByteArray& raw)
{
    inference::ModelInferResponse response;
    response.set_model_name("m");
    auto* output = response.add_outputs();
    output->set_name("y");
    output->set_datatype(datatype);
    output->mutable_shape()->Add(shape.begin(), shape.end());
    response.add_raw_output_contents(raw.toStdString());
    return response;
}

}  // namespace

/// Raw strings have an even number of quotes: moc 6.4 is lost after an odd one.
class TestKserveRest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    /// null is as good as absent for what is optional.
    void nullsAreAbsent_data()
    {
        QTest::addColumn<QByteArray>("body");
        const QByteArray tensor = R"("name":"x","shape":[1],"datatype":"FP32","data":[1])";
        const auto row = [](const char* name, const QByteArray& body) { QTest::newRow(name) << body; };
        row("id", R"({"id":null,"inputs":[{)" + tensor + "}]}");
        row("parameters", R"({"parameters":null,"inputs":[{)" + tensor + "}]}");
        row("outputs", R"({"inputs":[{)" + tensor + "}],\"outputs\":null}");
        row("parameters of an input", R"({"inputs":[{)" + tensor + ",\"parameters\":null}]}");
        row("parameters of an output",
            R"({"inputs":[{)" + tensor + R"(}],"outputs":[{"name":"y","parameters":null}]})");
        row("all of them", R"({"id":null,"parameters":null,"inputs":[{"parameters":null,)" + tensor +
                               R"(}],"outputs":[{"parameters":null,"name":"y"}]})");
    }
    void nullsAreAbsent()
    {
        QFETCH(QByteArray, body);
        const auto call = read(body);
        QVERIFY2(call.ok(), text(call.status()).c_str());
        QCOMPARE(call->request->id(), std::string());
        QCOMPARE(call->request->inputs_size(), 1);
        QCOMPARE(call->request->parameters_size(), 0);
    }

    /// Two of a key used to be half taken: shapes were put together, data was read as another datatype.
    void keysComeOnce_data()
    {
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<QByteArray>("field");
        const auto row = [](const char* field, const QByteArray& body) {
            QTest::newRow(field) << body << QByteArray(field);
        };
        const QByteArray name = "\"name\":\"x\"", shape = "\"shape\":[1]", type = "\"datatype\":\"FP32\"",
                         data = "\"data\":[1]", all = name + ',' + shape + ',' + type + ',' + data;
        row("inputs[0].name", "{\"inputs\":[{" + all + ',' + name + "}]}");
        row("inputs[0].shape", "{\"inputs\":[{" + shape + ',' + all + "}]}");
        row("inputs[0].datatype", "{\"inputs\":[{" + all + ",\"datatype\":\"INT32\"}]}");
        row("inputs[0].data", "{\"inputs\":[{" + all + ',' + data + "}]}");
        row("inputs[0].parameters", "{\"inputs\":[{" + all + ",\"parameters\":{},\"parameters\":null}]}");
        row("inputs[0].parameters.a", "{\"inputs\":[{" + all + ",\"parameters\":{\"a\":1,\"a\":1}}]}");
        row("inputs", "{\"inputs\":[{" + all + "}],\"inputs\":[]}");
        row("outputs", "{\"inputs\":[{" + all + "}],\"outputs\":null,\"outputs\":[]}");
        row("outputs[0].name", "{\"inputs\":[{" + all + "}],\"outputs\":[{\"name\":\"y\",\"name\":\"z\"}]}");
        row("id", "{\"id\":\"a\",\"i\\u0064\":\"b\",\"inputs\":[{" + all + "}]}");
        row("parameters", "{\"parameters\":{},\"inputs\":[{" + all + "}],\"parameters\":{}}");
    }
    void keysComeOnce()
    {
        QFETCH(QByteArray, body);
        QFETCH(QByteArray, field);
        const auto call = read(body);
        QVERIFY(!call.ok());
        QCOMPARE(bytes(fieldOf(call.status()).value_or("")), field);
        QCOMPARE(bytes(text(call.status())), QByteArray("is specified twice"));
    }

    void aByteOrderMarkDoesNoHarm()
    {
        const QByteArray mark = "\xef\xbb\xbf";
        QVERIFY(read(mark + input("FP32", "[1]", "[1]")).ok());
        QVERIFY(!read(mark).ok());
        const QByteArray json = mark + R"({"inputs":[{"name":"x","shape":[1],"datatype":"FP32",)"
                                       R"("parameters":{"binary_data_size":4}}]})";
        const auto call = read(json + little(1.5f), static_cast<std::size_t>(json.size()));
        QVERIFY2(call.ok(), text(call.status()).c_str());
        QCOMPARE(bytes(call->request->raw_input_contents(0)), little(1.5f));
        std::string index = "\xef\xbb\xbf{\"ready\":true}";
        const auto ready = readIndexRequest(index);
        QVERIFY(ready.ok() && *ready);
    }

    void readsTensors_data()
    {
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<QByteArray>("raw");
        const auto row = [](const char* name, const QByteArray& body, const QByteArray& raw) {
            QTest::newRow(name) << body << raw;
        };
        row("FP32", input("FP32", "[1,3]", "[1, -2.5, 1e-3]"), little(1.0f, -2.5f, 1e-3f));
        row("FP32 nested", input("FP32", "[2,2]", "[[1,2],[3,4]]"), little(1.0f, 2.0f, 3.0f, 4.0f));
        row("FP64", input("FP64", "[2]", "[0.1, -1e300]"), little(0.1, -1e300));
        row("INT8", input("INT8", "[2]", "[-128, 127]"), little(std::int8_t(-128), std::int8_t(127)));
        row("INT16", input("INT16", "[1]", "[-32768]"), little(std::int16_t(-32768)));
        row("INT32", input("INT32", "[1]", "[2147483647]"), little(std::int32_t(2147483647)));
        row("INT64", input("INT64", "[1]", "[-9223372036854775808]"), little(std::numeric_limits<std::int64_t>::min()));
        row("UINT8", input("UINT8", "[2]", "[0,255]"), little(std::uint8_t(0), std::uint8_t(255)));
        row("UINT16", input("UINT16", "[1]", "[65535]"), little(std::uint16_t(65535)));
        row("UINT32", input("UINT32", "[1]", "[4294967295]"), little(std::uint32_t(4294967295u)));
        row("UINT64", input("UINT64", "[1]", "[18446744073709551615]"),
            little(std::numeric_limits<std::uint64_t>::max()));
        row("BOOL", input("BOOL", "[4]", "[true,false,1,0]"), QByteArray("\1\0\1\0", 4));
        row("BYTES", input("BYTES", "[2]", "[\"ab\",\"\\u00e4\"]"), little(2u) + "ab" + little(2u) + "\xc3\xa4");
        row("no elements", input("FP32", "[0,4]", "[]"), QByteArray());
        row("data before datatype and shape",
            R"({"inputs":[{"data":[[1,2]],"datatype":"INT32","shape":[1,2],"name":"x"}],"id":"7"})",
            little(std::int32_t(1), std::int32_t(2)));
        row("unknown members",
            R"({"new":{"a":[1]},"inputs":[{"name":"x","new":[{}],"shape":[1],"datatype":"INT8","data":[3]}]})",
            little(std::int8_t(3)));
    }
    void readsTensors()
    {
        QFETCH(QByteArray, body);
        QFETCH(QByteArray, raw);
        auto call = read(body);
        QVERIFY2(call.ok(), text(call.status()).c_str());
        QCOMPARE(call->request->inputs_size(), 1);
        QCOMPARE(call->request->inputs(0).name(), std::string("x"));
        QCOMPARE(bytes(call->request->raw_input_contents(0)), raw);
        // and the rooms below find it good
        const Status status = backend::normaliseRequest(call->request.get());
        QVERIFY2(status.ok(), text(status).c_str());
    }

    void readsBinaryTensors()
    {
        const std::string json =
            R"({"id":"42","inputs":[{"name":"a","shape":[2],"datatype":"FP32","parameters":{"binary_data_size":8,"k":"v"}},)"
            R"({"name":"b","shape":[1],"datatype":"INT32","data":[5]},)"
            R"({"name":"c","shape":[2],"datatype":"BYTES","parameters":{"binary_data_size":9}}],)"
            R"("outputs":[{"name":"y","parameters":{"binary_data":false,"classification":3}},{"name":"z"}],)"
            R"("parameters":{"binary_data_output":true,"priority":2,"rate":0.5,"big":18446744073709551615,"on":true}})";
        const QByteArray tail = little(1.0f, 2.0f) + little(0u) + little(1u) + "q";
        auto call = read(bytes(json) + tail, json.size());
        QVERIFY2(call.ok(), text(call.status()).c_str());
        const auto& request = *call->request;
        QCOMPARE(request.id(), std::string("42"));
        QCOMPARE(bytes(request.raw_input_contents(0)), little(1.0f, 2.0f));
        QCOMPARE(bytes(request.raw_input_contents(1)), little(std::int32_t(5)));
        QCOMPARE(bytes(request.raw_input_contents(2)), tail.mid(8));
        // What only says how it is sent is taken out: it must not keep requests apart.
        QCOMPARE(request.inputs(0).parameters().size(), std::size_t(1));
        QCOMPARE(request.inputs(0).parameters().at("k").string_param(), std::string("v"));
        QCOMPARE(request.parameters().size(), std::size_t(4));
        QCOMPARE(request.parameters().at("priority").int64_param(), std::int64_t(2));
        QCOMPARE(request.parameters().at("rate").double_param(), 0.5);
        QCOMPARE(request.parameters().at("big").uint64_param(), std::numeric_limits<std::uint64_t>::max());
        QVERIFY(request.parameters().at("on").bool_param());
        QCOMPARE(request.outputs(0).parameters().size(), std::size_t(1));
        QVERIFY(call->form.binary);
        QVERIFY(!call->form.isBinary("y"));
        QVERIFY(call->form.isBinary("z"));
    }

    void refusesNamingTheField_data()
    {
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<int>("jsonBytes");  // -1: none
        QTest::addColumn<QByteArray>("field");
        QTest::addColumn<QByteArray>("words");
        const auto row = [](const char* name, const QByteArray& body, const char* field, const char* words,
                            int jsonBytes = -1) {
            QTest::newRow(name) << body << jsonBytes << QByteArray(field) << QByteArray(words);
        };
        row("empty", "", "", "JSON");
        row("broken", R"({"inputs":[{"name":)", "", "unexpected end at byte 19");
        row("broken inside of data", input("FP32", "[2]", "[1,,2]"), "", "at byte 63 (line 1, column 64)");
        row("broken number", input("FP32", "[1]", "[1.2.3]"), "", "request body is not valid JSON");
        row("something follows", input("FP32", "[1]", "[1]") + " {}", "", "request body is not valid JSON");
        row("an array", "[]", "", "must be a JSON object");
        row("no inputs", "{}", "inputs", "is missing");
        row("inputs empty", R"({"inputs":[]})", "inputs", "is missing");
        row("inputs no array", R"({"inputs":{}})", "inputs", "must be an array");
        row("input no object", R"({"inputs":[1]})", "inputs[0]", "must be an object");
        row("no name", R"({"inputs":[{"shape":[1],"datatype":"INT8","data":[1]}]})", "inputs[0].name", "is missing");
        row("name a number", R"({"inputs":[{"name":1}]})", "inputs[0].name", "must be a string");
        row("no shape", R"({"inputs":[{"name":"x","datatype":"INT8","data":[1]}]})", "inputs[0].shape", "is missing");
        row("no datatype", R"({"inputs":[{"name":"x","shape":[1],"data":[1]}]})", "inputs[0].datatype", "is missing");
        row("unknown datatype", input("FP31", "[1]", "[1]"), "inputs[0].datatype", "FP31");
        row("no data", R"({"inputs":[{"name":"x","shape":[1],"datatype":"INT8"}]})", "inputs[0].data", "is missing");
        row("second input",
            R"({"inputs":[{"name":"x","shape":[1],"datatype":"INT8","data":[1]},{"name":"y","shape":[1],"datatype":"INT8","data":["a"]}]})",
            "inputs[1].data[0]", "whole number");
        row("negative axis", input("FP32", "[-1]", "[1]"), "inputs[0].shape", "negative");
        row("shape of fractions", input("FP32", "[1.5]", "[1]"), "inputs[0].shape", "whole numbers");
        row("shape too large", input("FP32", "[9223372036854775807,9223372036854775807]", "[1]"), "inputs[0].shape",
            "too many elements");
        row("huge shape, little data", input("FP32", "[1000000000000]", "[1]"), "inputs[0].data", "has 1 elements");
        row("too few", input("FP32", "[3]", "[1,2]"), "inputs[0].data", "has 2 elements; shape [3] has 3");
        row("too many", input("FP32", "[1]", "[1,2]"), "inputs[0].data", "more elements than its shape");
        row("too large for INT8", input("INT8", "[2]", "[1,128]"), "inputs[0].data[1]", "128 does not fit INT8");
        row("negative for UINT16", input("UINT16", "[1]", "[-1]"), "inputs[0].data[0]", "whole number");
        row("fraction for INT32", input("INT32", "[1]", "[1.5]"), "inputs[0].data[0]", "whole number");
        row("too large for FP32", input("FP32", "[1]", "[1e39]"), "inputs[0].data[0]", "does not fit FP32");
        row("string for FP32", input("FP32", "[1]", R"(["1"])"), "inputs[0].data[0]", "must be a number");
        row("null for FP32", input("FP32", "[1]", "[null]"), "inputs[0].data[0]", "must be a number");
        row("number for BYTES", input("BYTES", "[1]", "[1]"), "inputs[0].data[0]", "must be a string");
        row("two for BOOL", input("BOOL", "[1]", "[2]"), "inputs[0].data[0]", "true or false");
        row("FP16 as JSON", input("FP16", "[1]", "[1]"), "inputs[0].data", "binary");
        row("data no array", input("FP32", "[1]", "1"), "inputs[0].data", "must be an array");
        row("nested too deeply", input("FP32", "[1]", QByteArray(40, '[') + "1" + QByteArray(40, ']')),
            "inputs[0].data", "too deeply");
        row("endless nesting", input("FP32", "[1]", QByteArray(50'000, '[')), "", "request body is not valid JSON");
        row("parameter an object", R"({"parameters":{"p":{}},"inputs":[]})", "parameters.p", "must be a string");
        QByteArray many = "{\"parameters\":{\"p\":1";
        for (int i = 0; i < 300; ++i) many += ",\"p" + QByteArray::number(i) + "\":1";
        row("many parameters", many + "},\"inputs\":[]}", "parameters", "more than 256 parameters");
        row("an endless id", "{\"id\":\"" + QByteArray(300, 'i') + "\",\"inputs\":[]}", "id", "has 300 bytes");
        row("an id with control characters", "{\"id\":\"a\\u001b\",\"inputs\":[]}", "id", "without control");
        row("output without name", R"({"outputs":[{}],"inputs":[]})", "outputs[0].name", "is missing");
        row("binary flag no flag", R"({"parameters":{"binary_data_output":1},"inputs":[]})",
            "parameters.binary_data_output", "true or false");

        const QByteArray binary =
            R"({"inputs":[{"name":"x","shape":[2],"datatype":"FP32","parameters":{"binary_data_size":8}}]})";
        const int length = static_cast<int>(binary.size());
        row("binary without header", binary + "12345678", "", "request body is not valid JSON");
        row("binary size without header", binary, "inputs[0].parameters.binary_data_size",
            "no Inference-Header-Content-Length");
        row("header too long", binary, "", "the body has", 10'000);
        row("header of nothing", binary, "", "JSON", 0);
        row("header in the middle", binary, "", "request body is not valid JSON", 20);
        row("too few bytes", binary + "1234567", "inputs[0].parameters.binary_data_size", "7 remain", length);
        row("too many bytes", binary + "123456789", "", "1 more bytes", length);
        const QByteArray wrong =
            R"({"inputs":[{"name":"x","shape":[3],"datatype":"FP32","parameters":{"binary_data_size":8}}]})";
        row("bytes do not fit the shape", wrong + "12345678", "inputs[0].parameters.binary_data_size", "3 elements",
            static_cast<int>(wrong.size()));
        const QByteArray both =
            R"({"inputs":[{"name":"x","shape":[1],"datatype":"INT8","data":[1],"parameters":{"binary_data_size":1}}]})";
        row("both forms", both + "1", "inputs[0]", "both data", static_cast<int>(both.size()));
        const QByteArray strings =
            R"({"inputs":[{"name":"x","shape":[1],"datatype":"BYTES","parameters":{"binary_data_size":5}}]})";
        row("a string longer than its bytes", strings + little(9u) + "a", "inputs[0].parameters.binary_data_size",
            "declares a length of 9 bytes", static_cast<int>(strings.size()));
    }
    void refusesNamingTheField()
    {
        QFETCH(QByteArray, body);
        QFETCH(int, jsonBytes);
        QFETCH(QByteArray, field);
        QFETCH(QByteArray, words);
        const auto call = jsonBytes < 0 ? read(body) : read(body, static_cast<std::size_t>(jsonBytes));
        QVERIFY(!call.ok());
        QCOMPARE(codeName(call.status()), std::string("InvalidArgument"));
        QCOMPARE(bytes(fieldOf(call.status()).value_or("")), field);
        QVERIFY2(bytes(text(call.status())).contains(words), text(call.status()).c_str());
        QVERIFY(!jsonProblem(kserveError(call.status())));
    }

    void randomBodiesAreReadOrRefused()
    {
        // Whatever comes over the binary extension: what is taken adds up, and nothing is read beyond the body.
        const std::string json =
            R"({"id":"1","inputs":[{"name":"a","shape":[2,2],"datatype":"FP32","parameters":{"binary_data_size":16}},)"
            R"({"name":"b","shape":[2],"datatype":"BYTES","parameters":{"binary_data_size":10}},)"
            R"({"name":"c","datatype":"INT16","shape":[3],"data":[[1],[2,3]]}],"parameters":{"binary_data_output":true}})";
        const std::string tail = std::string(16, '\x01') + std::string("\1\0\0\0a\1\0\0\0b", 10);
        std::mt19937 random(99);
        int taken = 0;
        for (int i = 0; i < 30'000; ++i) {
            std::string body = json + tail;
            const int changes = static_cast<int>(random() % 4);
            for (int c = 0; c < changes; ++c) {
                const std::size_t place = random() % body.size();
                switch (random() % 3) {
                    case 0:
                        body[place] = static_cast<char>(random() % 256);
                        break;
                    case 1:
                        body.erase(place, 1 + random() % 5);
                        break;
                    default:
                        body.insert(place, 1, "0123456789[]{},:\"-.e"[random() % 20]);
                }
                if (body.empty()) body = "{";
            }
            std::size_t length = json.size();
            if (random() % 5 == 0) length = random() % (body.size() + 10);
            body.shrink_to_fit();
            auto call = readInfer(body, length);
            if (!call.ok()) {
                QCOMPARE(codeName(call.status()), std::string("InvalidArgument"));
                continue;
            }
            ++taken;
            QVERIFY(call->request->inputs_size() == call->request->raw_input_contents_size());
            Status status = backend::normaliseRequest(call->request.get());
            // Names may have become equal or empty; sizes must add up.
            if (!status.ok()) QVERIFY2(fieldOf(status)->ends_with(".name"), text(status).c_str());
        }
        QVERIFY(taken > 5'000);
    }

    void writesTensors_data()
    {
        QTest::addColumn<QByteArray>("datatype");
        QTest::addColumn<QByteArray>("raw");
        QTest::addColumn<QByteArray>("data");
        const auto row = [](const char* datatype, const QByteArray& raw, const char* data) {
            QTest::newRow(datatype) << QByteArray(datatype) << raw << QByteArray(data);
        };
        row("FP32", little(1.0f, 0.1f), "[1,0.1]");
        row("FP64", little(0.1, 1e300), "[0.1,1e+300]");
        row("INT8", little(std::int8_t(-1), std::int8_t(2)), "[-1,2]");
        row("INT16", little(std::int16_t(-300), std::int16_t(2)), "[-300,2]");
        row("INT32", little(std::int32_t(-70000), std::int32_t(2)), "[-70000,2]");
        row("INT64", little(std::int64_t(1) << 60, std::int64_t(2)), "[1152921504606846976,2]");
        row("UINT8", little(std::uint8_t(255), std::uint8_t(2)), "[255,2]");
        row("UINT16", little(std::uint16_t(65535), std::uint16_t(2)), "[65535,2]");
        row("UINT32", little(4294967295u, 2u), "[4294967295,2]");
        row("UINT64", little(std::numeric_limits<std::uint64_t>::max(), std::uint64_t(2)), "[18446744073709551615,2]");
        row("BOOL", QByteArray("\1\0", 2), "[true,false]");
        row("BYTES", little(2u) + "a\"" + little(0u), "[\"a\\\"\",\"\"]");
        row("FP16", little(std::uint16_t(0x3C00), std::uint16_t(0xC000)), "[1,-2]");
        row("BF16", little(std::uint16_t(0x3F80), std::uint16_t(0xC000)), "[1,-2]");
    }
    void writesTensors()
    {
        QFETCH(QByteArray, datatype);
        QFETCH(QByteArray, raw);
        QFETCH(QByteArray, data);
        const auto response = answerOf(datatype.constData(), {2}, raw);
        auto json = writeInfer(response, {});
        QVERIFY2(json.ok(), text(json.status()).c_str());
        QVERIFY(!json->jsonBytes);
        QVERIFY2(bytes(json->body).contains("\"data\":" + data), json->body.c_str());
        QVERIFY(!jsonProblem(json->body));
        OutputForm form;
        form.binary = true;
        auto binary = writeInfer(response, form);
        QVERIFY(binary.ok());
        QCOMPARE(bytes(binary->body.substr(*binary->jsonBytes)), raw);
        QVERIFY(!jsonProblem(binary->body.substr(0, *binary->jsonBytes)));
    }

    void notNumbersAreNull()
    {
        const float odd[] = {std::numeric_limits<float>::quiet_NaN(), -std::numeric_limits<float>::infinity()};
        auto json = writeInfer(answerOf("FP32", {2}, QByteArray(reinterpret_cast<const char*>(odd), sizeof odd)), {});
        QVERIFY(json.ok());
        QVERIFY(bytes(json->body).contains("[null,null]"));
    }

    void bytesThatAreNoTextMustBeBinary()
    {
        const auto response = answerOf("BYTES", {1}, little(1u) + "\xff");
        QCOMPARE(codeName(writeInfer(response, {}).status()), std::string("InvalidArgument"));
        OutputForm form;
        form.named["y"] = true;
        QVERIFY(writeInfer(response, form).ok());
    }

    void mixesFormsAndKeepsParameters()
    {
        auto response = answerOf("INT8", {1}, "\5");
        response.set_id("7");
        response.set_model_version("2");
        (*response.mutable_parameters())["p"].set_string_param("q");
        auto* second = response.add_outputs();
        second->set_name("z");
        second->set_datatype("INT8");
        second->add_shape(1);
        response.add_raw_output_contents("\6");
        OutputForm form;
        form.named["z"] = true;
        auto answer = writeInfer(response, form);
        QVERIFY(answer.ok());
        QCOMPARE(bytes(answer->body),
                 QByteArray(R"({"model_name":"m","model_version":"2","id":"7","parameters":{"p":"q"},"outputs":[)"
                            R"({"name":"y","datatype":"INT8","shape":[1],"data":[5]},)"
                            R"({"name":"z","datatype":"INT8","shape":[1],"parameters":{"binary_data_size":1}}]})"
                            "\6"));
    }

    void whatIsWrittenReadsBack()
    {
        // A JSON answer's outputs, given back as inputs, are the same tensors: floats to their last bit.
        std::mt19937_64 random(3);
        for (int i = 0; i < 200; ++i) {
            std::vector<float> values(1 + random() % 50);
            for (float& value : values) {
                auto bits = static_cast<std::uint32_t>(random());
                std::memcpy(&value, &bits, sizeof value);
                if (!std::isfinite(value)) value = 0;
            }
            const QByteArray raw(reinterpret_cast<const char*>(values.data()),
                                 static_cast<qsizetype>(values.size() * sizeof(float)));
            auto json = writeInfer(answerOf("FP32", {static_cast<std::int64_t>(values.size())}, raw), {});
            QVERIFY(json.ok());
            auto back = read(bytes(json->body).replace("outputs", "inputs"));
            QVERIFY2(back.ok(), text(back.status()).c_str());
            QCOMPARE(bytes(back->request->raw_input_contents(0)), raw);
        }
    }

    void errorsNameTheirField()
    {
        QCOMPARE(bytes(kserveError(withField(invalidArgument("is \"odd\""), "inputs[0].shape"))),
                 QByteArray("{\"error\":\"inputs[0].shape: is \\\"odd\\\"\"}"));
        QCOMPARE(bytes(kserveError(unavailable("down"))), QByteArray(R"({"error":"down"})"));
    }

    void indexListsStates()
    {
        std::vector<serve::ModelEntry> models(2);
        models[0].name = "a";
        models[0].state = load::ModelState::Warm;
        models[1].name = "b";
        models[1].state = load::ModelState::Cold;
        QCOMPARE(bytes(kserveIndex(models, false)),
                 QByteArray(R"([{"name":"a","version":"1","state":"READY","reason":""},)"
                            R"({"name":"b","version":"1","state":"UNAVAILABLE","reason":"cold"}])"));
        QCOMPARE(bytes(kserveIndex(models, true)),
                 QByteArray(R"([{"name":"a","version":"1","state":"READY","reason":""}])"));
        std::string request = R"({"ready":true})";
        QVERIFY(*readIndexRequest(request));
        request = "";
        QVERIFY(!*readIndexRequest(request));
        request = R"({"ready":1})";
        QVERIFY(!readIndexRequest(request).ok());
        request = "[";
        QVERIFY(!readIndexRequest(request).ok());
    }
};

QTEST_GUILESS_MAIN(TestKserveRest)
#include "tst_kserve_rest.moc"
