// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/grpc_framed.h"
#include "inference.pb.h"
#include "runtime/infer.h"
#include "runtime/loader.h"
#include "runtime/repository.h"
#include "runtime/workers.h"

#include <QTemporaryDir>
#include <QtTest>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <future>
#include <memory>
#include <string>
#include <vector>

using namespace millrace;
using namespace millrace::runtime;

namespace {

constexpr char kConfig[] = R"({"kind":"classifier","batch_max":65536,
    "inputs":[{"name":"x","datatype":"FP32","shape":[-1,4]}],"outputs":[{"name":"y","datatype":"FP32","shape":[-1,4]}]})";
constexpr std::size_t kRowBytes = 16;

/// Notes where it reads and writes.
class Watching final : public Model {
public:
    StatusOr<std::vector<Tensor>> run(const std::vector<Tensor>& inputs) override
    {
        read = inputs.front().view().data();
        Tensor output{"y", DataType::Fp32, inputs.front().shape, {}, {}};
        const auto made = std::make_shared<const std::vector<float>>(inputs.front().view().size() / sizeof(float));
        output.shared = {made, {reinterpret_cast<const char*>(made->data()), made->size() * sizeof(float)}};
        wrote = output.view().data();
        std::vector<Tensor> outputs;
        outputs.push_back(std::move(output));
        return outputs;
    }
    StatusOr<std::vector<std::vector<float>>> embed(const std::vector<std::string>&) override
    {
        return internal("no embedding");
    }
    StatusOr<std::unique_ptr<Writing>> write(const WritingOptions&) override { return internal("no text"); }
    std::uint64_t bytes() const override { return 1; }

    const char* read = nullptr;
    const char* wrote = nullptr;
};

class OneLoader final : public ModelLoader {
public:
    StatusOr<std::unique_ptr<Model>> load(const std::filesystem::path&, const ModelConfig&, const LoadControl&) override
    {
        auto made = std::make_unique<Watching>();
        model = made.get();
        return std::unique_ptr<Model>(std::move(made));
    }
    Watching* model = nullptr;
};

inference::ModelInferRequest request(std::size_t rows, std::size_t bytes)
{
    inference::ModelInferRequest made;
    made.set_model_name("watching");
    auto& input = *made.add_inputs();
    input.set_name("x");
    input.set_datatype("FP32");
    input.add_shape(static_cast<std::int64_t>(rows));
    input.add_shape(4);
    made.add_raw_input_contents(std::string(bytes, '\0'));
    return made;
}

}  // namespace

class TestRuntimeTensors : public QObject {
    Q_OBJECT

private:
    QTemporaryDir folder_;
    OneLoader loader_;
    std::unique_ptr<Repository> repository_;
    std::unique_ptr<Workers> workers_;

    Status inferred(inference::ModelInferRequest& asked, inference::ModelInferResponse& response,
                    std::vector<SharedBytes>& contents)
    {
        std::promise<Status> done;
        infer(
            *repository_, *workers_, asked, response, contents, [] { return false; },
            [&](const Status& status) { done.set_value(status); });
        return done.get_future().get();
    }

private Q_SLOTS:
    void initTestCase()
    {
        const std::filesystem::path model = std::filesystem::path(folder_.path().toStdString()) / "watching";
        std::filesystem::create_directories(model / "1");
        std::ofstream(model / "config.json") << kConfig;
        repository_ =
            std::make_unique<Repository>(std::vector<std::filesystem::path>{folder_.path().toStdString()}, loader_, 1);
        workers_ = std::make_unique<Workers>(1, 4);
        std::promise<Status> loaded;
        repository_->load("watching", [&](const Status& status) { loaded.set_value(status); });
        const Status status = loaded.get_future().get();
        QVERIFY2(status.ok(), text(status).c_str());
    }
    void cleanupTestCase()
    {
        workers_.reset();
        repository_.reset();
    }

    /// What was received is what the model reads, and what the model made is what is sent.
    void tensorsAreNotCopied_data()
    {
        QTest::addColumn<int>("bytes");
        for (const int bytes : {4096, 150 << 10, 1 << 20}) QTest::addRow("%d bytes", bytes) << bytes;
    }
    void tensorsAreNotCopied()
    {
        QFETCH(int, bytes);
        const auto size = static_cast<std::size_t>(bytes);
        auto asked = request(size / kRowBytes, size);
        inference::ModelInferResponse response;
        std::vector<SharedBytes> contents;
        const char* const received = asked.raw_input_contents(0).data();
        const Status status = inferred(asked, response, contents);
        QVERIFY2(status.ok(), text(status).c_str());
        const auto at = [](const char* place) { return static_cast<const void*>(place); };
        QCOMPARE(at(loader_.model->read), at(received));
        QCOMPARE(contents.size(), std::size_t(1));
        QCOMPARE(contents.front().size(), size);
        QCOMPARE(at(contents.front().view().data()), at(loader_.model->wrote));
        std::vector<const char*> sent;
        http::frameTensors(response, http::kRawOutputContents, contents).forEach([&](const SharedBytes& piece) {
            sent.push_back(piece.view().data());
        });
        // Smaller ones are copied once: to send a piece of its own costs more.
        QCOMPARE(std::find(sent.begin(), sent.end(), loader_.model->wrote) != sent.end(), bytes > 4096);
    }

    void wrongLengthsAreRefused_data()
    {
        QTest::addColumn<int>("rows");
        QTest::addColumn<int>("bytes");
        QTest::newRow("a byte short") << 1 << 15;
        QTest::newRow("a byte too many") << 1 << 17;
        QTest::newRow("none") << 1 << 0;
        QTest::newRow("a negative axis") << -1 << 16;
        QTest::newRow("more rows than may be") << 65537 << 1048592;
        QTest::newRow("rows that overflow") << 0x7fffffff << 16;
    }
    void wrongLengthsAreRefused()
    {
        QFETCH(int, rows);
        QFETCH(int, bytes);
        auto asked = request(1, static_cast<std::size_t>(bytes));
        asked.mutable_inputs(0)->set_shape(0, rows);
        inference::ModelInferResponse response;
        std::vector<SharedBytes> contents;
        loader_.model->read = nullptr;
        QVERIFY(absl::IsInvalidArgument(inferred(asked, response, contents)));
        QVERIFY(loader_.model->read == nullptr);
    }
};

QTEST_GUILESS_MAIN(TestRuntimeTensors)
#include "tst_runtime_tensors.moc"
