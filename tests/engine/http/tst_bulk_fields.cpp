// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/bulk_fields.h"
#include "http/grpc_framed.h"
#include "inference.pb.h"
#include "support/grpc_bytes.h"

#include <QtTest>

#include <functional>
#include <memory>
#include <random>
#include <string>
#include <vector>

using namespace millrace;
using namespace millrace::testing;
using namespace millrace::http;
using inference::ModelInferRequest;

namespace {

constexpr std::uint32_t kRaw = 7;  // raw_input_contents

ModelInferRequest request(const std::vector<std::size_t>& contents)
{
    ModelInferRequest made;
    made.set_model_name("digits-m");
    made.set_id("one");
    (*made.mutable_parameters())["priority"].set_int64_param(3);
    for (std::size_t i = 0; i < contents.size(); ++i) {
        auto& input = *made.add_inputs();
        input.set_name("input" + std::to_string(i));
        input.set_datatype("UINT8");
        input.add_shape(static_cast<std::int64_t>(contents[i]));
        made.add_raw_input_contents(std::string(contents[i], static_cast<char>('a' + i % 26)));
    }
    return made;
}

/// What comes of `bytes` that arrive in pieces; an empty optional: an error.
std::optional<ModelInferRequest> taken(const std::string& bytes, std::size_t piece, Status* why = nullptr)
{
    BulkFields fields(kRaw, bytes.size());
    for (std::size_t i = 0; i < bytes.size(); i += piece) {
        if (Status status = fields.feed(std::string_view(bytes).substr(i, piece)); !status.ok()) {
            if (why != nullptr) *why = status;
            return std::nullopt;
        }
    }
    if (!fields.complete()) return std::nullopt;
    auto [rest, values] = fields.take();
    ModelInferRequest made;
    if (!made.ParseFromString(rest) || made.raw_input_contents_size() != 0) return std::nullopt;
    for (std::string& value : values) made.mutable_raw_input_contents()->Add(std::move(value));
    return made;
}

std::string text(const ModelInferRequest& message)
{
    return message.SerializeAsString();
}

}  // namespace

class TestBulkFields : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void contentsAreTakenOutHoweverAMessageIsCut_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        const auto row = [](const char* name, const std::string& bytes) {
            QTest::newRow(name) << QByteArray::fromStdString(bytes);
        };
        row("nothing", "");
        row("no contents", text(request({})));
        row("one", text(request({3136})));
        row("empty ones between others", text(request({0, 5, 0, 0, 70'000, 0})));
        row("as many as there may be", text(request(std::vector<std::size_t>(BulkFields::kValuesMax, 3))));
        row("larger than is reserved at once", text(request({5u << 20})));
        row("before what they belong to", std::string("\x3a\x03xyz\x3a\x01q", 8) + text(request({4})));
        // Field 7 of a group (field 99), and of another type, is not the message's.
        row("groups, and the field as a number",
            text(request({2})) + std::string("\x9b\x06\x3a\x02no\x9c\x06\x38\x05", 10) + std::string("\x3a\x02ok", 4));
        row("fields of each type that nobody knows", std::string("\xa1\x06"
                                                                 "12345678"
                                                                 "\xa5\x06"
                                                                 "1234"
                                                                 "\xa8\x06\xff\xff\x03\xaa\x06\x02hi",
                                                                 26) +
                                                         text(request({9})));
    }
    void contentsAreTakenOutHoweverAMessageIsCut()
    {
        QFETCH(QByteArray, bytes);
        const std::string all = bytes.toStdString();
        ModelInferRequest wanted;
        QVERIFY(wanted.ParseFromString(all));
        for (const std::size_t piece :
             {std::size_t(1), std::size_t(3), std::size_t(100), std::size_t(16'384), all.size() + 1}) {
            if (all.size() / piece > 100'000) continue;
            const auto made = taken(all, piece);
            QVERIFY(made);
            QVERIFY(text(*made) == text(wanted));
        }
    }

    /// Whatever comes: what protobuf reads is read alike, what it refuses is refused.
    void whatIsDamagedIsReadAsProtobufReadsIt()
    {
        std::mt19937 random(7);
        const std::vector<std::string> seeds = {text(request({10, 0, 300})), text(request({2})),
                                                std::string("\x9b\x06\x3a\x02no\x9c\x06", 7) + text(request({1, 1}))};
        int read = 0, refused = 0;
        for (int round = 0; round < 60'000; ++round) {
            std::string bytes = seeds[random() % seeds.size()];
            for (unsigned i = 0; i <= random() % 3; ++i) {
                const std::size_t at = random() % bytes.size();
                switch (random() % 4) {
                    case 0:
                        bytes[at] = static_cast<char>(random());
                        break;
                    case 1:
                        bytes.resize(at + 1);
                        break;
                    case 2:
                        bytes.insert(at, 1, static_cast<char>(random()));
                        break;
                    default:
                        bytes.erase(at, 1);
                }
                if (bytes.empty()) bytes = "x";
            }
            ModelInferRequest wanted;
            const bool good = wanted.ParseFromString(bytes);
            const auto made = taken(bytes, 1 + random() % 40);
            QVERIFY2(made.has_value() == good, QByteArray::fromStdString(bytes).toHex().constData());
            if (good) QVERIFY(text(*made) == text(wanted));
            ++(good ? read : refused);
        }
        QVERIFY(read > 1000 && refused > 1000);
    }

    void moreValuesThanATensorsLimitAreRefused()
    {
        std::string bytes;
        for (int i = 0; i < 1'000'000; ++i) bytes += std::string("\x3a\x00", 2);
        Status why;
        QVERIFY(!taken(bytes, 4096, &why));
        QVERIFY(absl::IsInvalidArgument(why));
        QVERIFY2(millrace::text(why).find("1024") != std::string::npos, millrace::text(why).c_str());
    }

    /// A length says nothing of what will come.
    void whatIsAnnouncedIsNotTaken()
    {
        BulkFields fields(kRaw, 1u << 28);
        QVERIFY(fields.feed(std::string("\x3a\x80\x80\x80\x80\x02", 6)).ok() ==
                false);  // 512 MiB and a bit: more than there is
        BulkFields large(kRaw, 1u << 30);
        QVERIFY(large
                    .feed(std::string("\x3a\x80\x80\x80\x80\x01"
                                      "abc",
                                      9))
                    .ok());
        QVERIFY(!large.complete());
        auto [rest, values] = large.take();
        QCOMPARE(values.size(), std::size_t(1));
        QVERIFY(values.front().capacity() <= BulkFields::kReservedAtOnce);
    }

    /// From the socket's buffer to the tensor's place is one copy, and none from there to the next socket.
    void aTensorIsSentFromWhereItWasReceived()
    {
        const auto sent = request({1u << 20, 150u << 10});
        const std::string bytes = framed(sent.SerializeAsString());
        GrpcMessageReader reader(GrpcEncoding::Identity, kRaw);
        std::optional<GrpcMessageReader::Message> whole;
        for (std::size_t i = 0; i < bytes.size(); i += 16'384) {
            auto part = std::string_view(bytes).substr(i, 16'384);
            auto next = reader.next(part, 64u << 20);
            QVERIFY(next.ok());
            if (*next) whole = **std::move(next);
        }
        QVERIFY(whole && !reader.midway());
        QCOMPARE(whole->bulk().size(), std::size_t(2));
        QVERIFY(whole->bytes().size() < 200);
        QCOMPARE(whole->size(), (1u << 20) + (150u << 10) + whole->bytes().size());
        const std::vector<const char*> received = {whole->bulk()[0].data(), whole->bulk()[1].data()};
        const auto message = std::make_shared<ModelInferRequest>();
        QVERIFY(message->ParseFromArray(whole->bytes().data(), static_cast<int>(whole->bytes().size())));
        for (std::string& raw : whole->bulk()) message->mutable_raw_input_contents()->Add(std::move(raw));
        QVERIFY(text(*message) == text(sent));

        GrpcFramed out = frameMessage(std::shared_ptr<const ModelInferRequest>(message));
        std::string all;
        std::vector<const char*> large;
        out.forEach([&](const SharedBytes& piece) {
            all += piece.view();
            if (piece.size() > 100'000) large.push_back(piece.view().data());
        });
        QVERIFY(large == received);
        QCOMPARE(out.size(), bytes.size());
        QVERIFY(all == bytes);
    }

    void piecesAreTheMessage_data()
    {
        QTest::addColumn<int>("bytes");
        for (const int bytes : {0, 1, 1000, 1023, 1024, 1025, 4000, 4096, 5000, 32'000, 70'000})
            QTest::addRow("%d", bytes) << bytes;
    }
    void piecesAreTheMessage()
    {
        QFETCH(int, bytes);
        for (const std::size_t second : {std::size_t(0), std::size_t(7), std::size_t(2000)}) {
            auto message = std::make_shared<ModelInferRequest>(request({static_cast<std::size_t>(bytes), second}));
            message->add_inputs()->set_name(std::string(3000, 'n'));
            const std::string wanted = writeMessage(*message);
            GrpcFramed out = frameMessage(std::shared_ptr<const ModelInferRequest>(std::move(message)));
            std::string all;
            out.forEach([&](const SharedBytes& piece) { all += piece.view(); });
            QVERIFY(all == wanted);
            QCOMPARE(out.size(), wanted.size());
        }
    }
};

QTEST_GUILESS_MAIN(TestBulkFields)
#include "tst_bulk_fields.moc"
