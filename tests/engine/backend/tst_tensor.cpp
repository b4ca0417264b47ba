// SPDX-License-Identifier: GPL-3.0-or-later
#include "backend/tensor.h"
#include "backend/tensor_message.h"
#include "inference.pb.h"
#include "support/seed.h"

#include <QTest>

#include <cstring>
#include <limits>
#include <random>

using namespace millrace;
using namespace millrace::backend;
using Contents = inference::InferTensorContents;

namespace {

template <typename... Bytes>
std::string bytes(Bytes... values)
{
    return {static_cast<char>(values)...};
}

template <typename Value>
std::string rawOf(std::initializer_list<Value> values)
{
    std::string raw;
    for (const Value value : values) raw.append(reinterpret_cast<const char*>(&value), sizeof value);
    return raw;
}

QString field(const Status& status)
{
    return QString::fromStdString(fieldOf(status).value_or("(none)"));
}

inference::ModelInferRequest request(const std::string& datatype, std::initializer_list<std::int64_t> shape,
                                     std::initializer_list<std::string> raw = {})
{
    inference::ModelInferRequest request;
    request.set_model_name("m");
    auto* input = request.add_inputs();
    input->set_name("x");
    input->set_datatype(datatype);
    for (const auto axis : shape) input->add_shape(axis);
    for (const auto& contents : raw) request.add_raw_input_contents(contents);
    return request;
}

/// Fills the list of `datatype` with values that fit it.
void fill(const std::string& datatype, int count, std::mt19937_64& random, Contents* contents)
{
    const auto between = [&](auto low, auto high) {
        return std::uniform_int_distribution<decltype(low)>(low, high)(random);
    };
    for (int i = 0; i < count; ++i) {
        if (datatype == "BOOL") contents->add_bool_contents(between(0, 1) == 1);
        if (datatype == "INT8") contents->add_int_contents(between(-128, 127));
        if (datatype == "INT16") contents->add_int_contents(between(-32768, 32767));
        if (datatype == "INT32") contents->add_int_contents(between(INT32_MIN, INT32_MAX));
        if (datatype == "INT64") contents->add_int64_contents(between(INT64_MIN, INT64_MAX));
        if (datatype == "UINT8") contents->add_uint_contents(between(0U, 255U));
        if (datatype == "UINT16") contents->add_uint_contents(between(0U, 65535U));
        if (datatype == "UINT32") contents->add_uint_contents(between(0U, UINT32_MAX));
        if (datatype == "UINT64") contents->add_uint64_contents(between(std::uint64_t{0}, UINT64_MAX));
        if (datatype == "FP32") contents->add_fp32_contents(static_cast<float>(between(-1000, 1000)) / 7.0F);
        if (datatype == "FP64") contents->add_fp64_contents(static_cast<double>(between(-1000, 1000)) / 7.0);
        if (datatype == "BYTES")
            contents->add_bytes_contents(std::string(static_cast<std::size_t>(between(0, 9)), 'a'));
    }
}

}  // namespace

class TestTensor : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void knowsTheSizeOfEveryDatatype_data()
    {
        QTest::addColumn<QString>("datatype");
        QTest::addColumn<int>("size");
        const std::pair<const char*, int> rows[] = {
            {"BOOL", 1},  {"UINT8", 1}, {"UINT16", 2}, {"UINT32", 4}, {"UINT64", 8}, {"INT8", 1},
            {"INT16", 2}, {"INT32", 4}, {"INT64", 8},  {"FP16", 2},   {"BF16", 2},   {"FP32", 4},
            {"FP64", 8},  {"BYTES", 0}, {"fp32", -1},  {"FLOAT", -1}, {"", -1}};
        for (const auto& [name, size] : rows) QTest::addRow("\"%s\"", name) << QString(name) << size;
    }
    void knowsTheSizeOfEveryDatatype()
    {
        QFETCH(QString, datatype);
        QFETCH(int, size);
        const auto found = elementBytes(datatype.toStdString());
        QCOMPARE(found ? static_cast<int>(*found) : -1, size);
    }

    void countsElementsWithoutOverflow()
    {
        QCOMPARE(elementCount(std::vector<std::int64_t>{}).value(), 1U);
        QCOMPARE(elementCount({3, 4}).value(), 12U);
        QCOMPARE(elementCount({0, 4}).value(), 0U);
        QVERIFY(!elementCount({-1, 4}));
        QVERIFY(!elementCount({0, -1}));
        const std::int64_t huge = std::int64_t{1} << 32;
        QVERIFY(!elementCount({huge, huge}));
        QCOMPARE(elementCount({huge, huge, 0}).value(), 0U);
        QCOMPARE(elementCount({0, huge, huge}).value(), 0U);
    }

    void writesTypedContentsAsLittleEndianBytes()
    {
        Contents contents;
        contents.add_int_contents(-2);
        contents.add_int_contents(127);
        QCOMPARE(toRaw("INT8", contents).value(), bytes(0xFE, 0x7F));
        QCOMPARE(toRaw("INT16", contents).value(), bytes(0xFE, 0xFF, 0x7F, 0x00));
        QCOMPARE(toRaw("INT32", contents).value(), bytes(0xFE, 0xFF, 0xFF, 0xFF, 0x7F, 0, 0, 0));
        contents.Clear();
        contents.add_bool_contents(true);
        contents.add_bool_contents(false);
        QCOMPARE(toRaw("BOOL", contents).value(), bytes(1, 0));
        contents.Clear();
        contents.add_fp32_contents(1.0F);
        QCOMPARE(toRaw("FP32", contents).value(), bytes(0, 0, 0x80, 0x3F));
        contents.Clear();
        contents.add_bytes_contents("ab");
        contents.add_bytes_contents("");
        QCOMPARE(toRaw("BYTES", contents).value(), bytes(2, 0, 0, 0, 'a', 'b', 0, 0, 0, 0));
    }

    void refusesTypedContentsThatDoNotFit_data()
    {
        QTest::addColumn<QString>("datatype");
        QTest::addColumn<QString>("words");
        QTest::newRow("value too wide") << "INT8"
                                        << "int_contents[1] = 300 does not fit INT8";
        QTest::newRow("list of another datatype") << "FP32"
                                                  << "FP32 belongs in fp32_contents alone; found int_contents";
        QTest::newRow("half floats have no typed form") << "FP16"
                                                        << "FP16 has no typed form";
        QTest::newRow("brain floats neither") << "BF16"
                                              << "BF16 has no typed form";
        QTest::newRow("unknown") << "INT4"
                                 << "unknown datatype \"INT4\"";
    }
    void refusesTypedContentsThatDoNotFit()
    {
        QFETCH(QString, datatype);
        QFETCH(QString, words);
        Contents contents;
        contents.add_int_contents(1);
        contents.add_int_contents(300);
        const auto raw = toRaw(datatype.toStdString(), contents);
        QCOMPARE(raw.status().code(), absl::StatusCode::kInvalidArgument);
        QVERIFY2(QString::fromStdString(text(raw.status())).contains(words), text(raw.status()).c_str());
    }

    void refusesTwoFilledLists()
    {
        Contents contents;
        contents.add_fp32_contents(1);
        contents.add_int64_contents(1);
        QCOMPARE(toRaw("FP32", contents).status().code(), absl::StatusCode::kInvalidArgument);
    }

    void comesBackTheSame_data()
    {
        QTest::addColumn<QString>("datatype");
        for (const char* name : {"BOOL", "UINT8", "UINT16", "UINT32", "UINT64", "INT8", "INT16", "INT32", "INT64",
                                 "FP32", "FP64", "BYTES"}) {
            QTest::newRow(name) << QString(name);
        }
    }
    void comesBackTheSame()
    {
        QFETCH(QString, datatype);
        const auto seed = testSeed();
        std::mt19937_64 random(seed);
        const std::string name = datatype.toStdString();
        for (int round = 0; round < 100; ++round) {
            Contents before;
            Contents after;
            fill(name, static_cast<int>(random() % 40), random, &before);
            const auto raw = toRaw(name, before);
            QVERIFY2(raw.ok(), text(raw.status()).c_str());
            QVERIFY(toTyped(name, *raw, &after).ok());
            QCOMPARE(after.SerializeAsString(), before.SerializeAsString());
        }
    }

    void refusesRawThatIsNoWholeNumberOfElements()
    {
        Contents contents;
        QCOMPARE(toTyped("FP32", "12345", &contents).code(), absl::StatusCode::kInvalidArgument);
        QCOMPARE(toTyped("BYTES", bytes(9, 0, 0, 0, 'a'), &contents).code(), absl::StatusCode::kInvalidArgument);
        QCOMPARE(toTyped("FP16", "12", &contents).code(), absl::StatusCode::kUnimplemented);
        QCOMPARE(toTyped("NONE", "12", &contents).code(), absl::StatusCode::kInvalidArgument);
    }

    void splitsBytesIntoElements()
    {
        const std::string raw = bytes(1, 0, 0, 0, 'a', 0, 0, 0, 0, 2, 0, 0, 0, 'b', 'c');
        const auto elements = bytesElements(raw).value();
        QCOMPARE(elements.size(), 3U);
        QCOMPARE(std::string(elements[2]), std::string("bc"));
        QVERIFY(bytesElements("").value().empty());
        QVERIFY(!bytesElements(bytes(1, 0, 0)).ok());
        QVERIFY(!bytesElements(bytes(2, 0, 0, 0, 'a')).ok());
        QVERIFY(!bytesElements(bytes(0xFF, 0xFF, 0xFF, 0xFF, 'a')).ok());
    }

    void movesTypedInputsToRaw()
    {
        auto call = request("FP32", {2, 1});
        call.mutable_inputs(0)->mutable_contents()->add_fp32_contents(1.0F);
        call.mutable_inputs(0)->mutable_contents()->add_fp32_contents(2.0F);
        const Status status = normaliseRequest(&call);
        QVERIFY2(status.ok(), text(status).c_str());
        QVERIFY(!call.inputs(0).has_contents());
        QCOMPARE(call.raw_input_contents_size(), 1);
        QCOMPARE(call.raw_input_contents(0), rawOf({1.0F, 2.0F}));
    }

    void leavesRawInputsAsTheyAre()
    {
        auto call = request("FP16", {2}, {"abcd"});
        QVERIFY(normaliseRequest(&call).ok());
        QCOMPARE(call.raw_input_contents_size(), 1);
        QCOMPARE(call.raw_input_contents(0), std::string("abcd"));
    }

    void refusesWhatAnAnswerWouldSilentlyBeWithout_data()
    {
        QTest::addColumn<QString>("where");
        QTest::addColumn<QString>("parameter");
        QTest::addColumn<QString>("field");
        QTest::newRow("shared memory in") << "inputs"
                                          << "shared_memory_region"
                                          << "inputs[0].parameters.shared_memory_region";
        QTest::newRow("shared memory out") << "outputs"
                                           << "shared_memory_region"
                                           << "outputs[0].parameters.shared_memory_region";
        QTest::newRow("classification") << "outputs"
                                        << "classification"
                                        << "outputs[0].parameters.classification";
    }
    void refusesWhatAnAnswerWouldSilentlyBeWithout()
    {
        QFETCH(QString, where);
        QFETCH(QString, parameter);
        QFETCH(QString, field);
        auto call = request("FP16", {2});
        if (where == "inputs") {
            (*call.mutable_inputs(0)->mutable_parameters())[parameter.toStdString()].set_string_param("r");
        } else {
            call.add_raw_input_contents("abcd");
            (*call.add_outputs()->mutable_parameters())[parameter.toStdString()].set_int64_param(3);
        }
        const Status status = normaliseRequest(&call);
        QCOMPARE(status.code(), absl::StatusCode::kInvalidArgument);
        QCOMPARE(QString::fromStdString(fieldOf(status).value_or("")), field);
    }

    void acceptsTensorsWithoutElements()
    {
        auto call = request("FP32", {0, 4});
        QVERIFY(normaliseRequest(&call).ok());
        QCOMPARE(call.raw_input_contents_size(), 1);
        QVERIFY(call.raw_input_contents(0).empty());
    }

    void refusalsNameTheField_data()
    {
        QTest::addColumn<QByteArray>("wire");
        QTest::addColumn<QString>("where");
        const auto row = [](const char* name, const inference::ModelInferRequest& call, const char* where) {
            QTest::newRow(name) << QByteArray::fromStdString(call.SerializeAsString()) << QString(where);
        };
        auto call = request("FP33", {1});
        row("unknown datatype", call, "inputs[0].datatype");
        call = request("FP32", {-1});
        row("negative axis", call, "inputs[0].shape");
        call = request("FP32", {std::int64_t{1} << 40, std::int64_t{1} << 40});
        row("overflowing shape", call, "inputs[0].shape");
        call = request("FP32", {2});
        row("nothing given", call, "inputs[0].contents");
        call = request("FP16", {2});
        row("half float without raw", call, "inputs[0].contents");
        call = request("FP32", {2});
        call.mutable_inputs(0)->mutable_contents()->add_fp64_contents(1);
        row("wrong list", call, "inputs[0].contents");
        call = request("FP32", {2}, {"1234"});
        row("raw too short", call, "raw_input_contents[0]");
        call = request("FP32", {1}, {"1234"});
        call.mutable_inputs(0)->mutable_contents()->add_fp32_contents(1);
        row("typed beside raw", call, "inputs[0].contents");
        call = request("FP32", {1}, {"1234", "1234"});
        row("more raw than inputs", call, "raw_input_contents");
        call = request("BYTES", {2}, {bytes(1, 0, 0, 0, 'a')});
        row("an element too few", call, "raw_input_contents[0]");
        call = request("BYTES", {1}, {bytes(2, 0, 0, 0, 'a')});
        row("lengths that do not add up", call, "raw_input_contents[0]");
        call = request("FP32", {1}, {"1234"});
        call.mutable_inputs(0)->clear_name();
        row("no name", call, "inputs[0].name");
        call = request("FP32", {1});
        *call.add_inputs() = call.inputs(0);
        call.add_raw_input_contents("1234");
        call.add_raw_input_contents("1234");
        row("a name twice", call, "inputs[1].name");
        call = request("FP32", {1}, {"1234"});
        auto* second = call.add_inputs();
        second->set_name("y");
        second->set_datatype("INT64");
        second->add_shape(1);
        call.add_raw_input_contents("1234");
        row("the second of two", call, "raw_input_contents[1]");
    }
    void refusalsNameTheField()
    {
        QFETCH(QByteArray, wire);
        QFETCH(QString, where);
        inference::ModelInferRequest call;
        QVERIFY(call.ParseFromArray(wire.constData(), static_cast<int>(wire.size())));
        const Status status = normaliseRequest(&call);
        QCOMPARE(status.code(), absl::StatusCode::kInvalidArgument);
        QCOMPARE(field(status), where);
    }

    /// A hundred thousand parameters cost eight seconds on their way.
    void whatIsCountlessIsRefused()
    {
        const auto fill = [](auto* parameters) {
            for (std::size_t i = 0; i <= kParametersMax; ++i)
                (*parameters)["p" + std::to_string(i)].set_bool_param(true);
        };
        const auto refused = [](const inference::ModelInferRequest& request) {
            auto call = request;
            const Status status = normaliseRequest(&call);
            return absl::IsInvalidArgument(status) ? field(status) : QString("(taken)");
        };
        inference::ModelInferRequest request, input, tensors;
        fill(request.mutable_parameters());
        QCOMPARE(refused(request), QString("parameters"));
        fill(input.add_inputs()->mutable_parameters());
        QCOMPARE(refused(input), QString("inputs[0].parameters"));
        for (int i = 0; i <= kTensorsMax; ++i) tensors.add_outputs();
        QCOMPARE(refused(tensors), QString("outputs"));
    }

    void aMalformedAnswerIsNotTheClientsFault()
    {
        inference::ModelInferResponse answer;
        auto* output = answer.add_outputs();
        output->set_name("y");
        output->set_datatype("FP32");
        output->add_shape(2);
        answer.add_raw_output_contents("1234");
        const Status status = normaliseResponse(&answer);
        QCOMPARE(status.code(), absl::StatusCode::kInternal);
        QVERIFY2(text(status).find("raw_output_contents[0]") != std::string::npos, text(status).c_str());

        answer.clear_raw_output_contents();
        answer.mutable_outputs(0)->mutable_contents()->add_fp32_contents(1);
        answer.mutable_outputs(0)->mutable_contents()->add_fp32_contents(2);
        QVERIFY(normaliseResponse(&answer).ok());
        QCOMPARE(answer.raw_output_contents(0), rawOf({1.0F, 2.0F}));
    }

    void findsWhereRowsBegin()
    {
        using Offsets = std::vector<std::size_t>;
        QCOMPARE(rowOffsets("FP32", {3, 2}, std::string(24, 'x')).value(), (Offsets{0, 8, 16, 24}));
        QCOMPARE(rowOffsets("UINT8", {2}, "ab").value(), (Offsets{0, 1, 2}));
        QCOMPARE(rowOffsets("FP32", {0, 2}, "").value(), (Offsets{0}));
        QCOMPARE(rowOffsets("FP32", {2, 0}, "").value(), (Offsets{0, 0, 0}));
        const std::string words = bytes(1, 0, 0, 0, 'a', 0, 0, 0, 0, 2, 0, 0, 0, 'b', 'c', 0, 0, 0, 0);
        QCOMPARE(rowOffsets("BYTES", {2, 2}, words).value(), (Offsets{0, 9, 19}));
        QCOMPARE(rowOffsets("BYTES", {4}, words).value(), (Offsets{0, 5, 9, 15, 19}));
        QVERIFY(!rowOffsets("FP32", {}, "1234").ok());
        QVERIFY(!rowOffsets("FP32", {2}, "1234").ok());
        QVERIFY(!rowOffsets("BYTES", {3}, words).ok());
        QVERIFY(!rowOffsets("FP32", {std::int64_t{1} << 62, 0}, "").ok());
    }
};

QTEST_GUILESS_MAIN(TestTensor)
#include "tst_tensor.moc"
