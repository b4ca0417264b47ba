// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/text.h"
#include "runtime/answering.h"
#include "runtime/generation.h"
#include "runtime/model_config.h"
#include "runtime/openai_read.h"
#include "runtime/repository.h"
#include "runtime/sampler.h"
#include "runtime/stop_filter.h"
#include "runtime/synthetic_model.h"
#include "runtime/tokenizer.h"
#include "runtime/workers.h"

#include <QElapsedTimer>
#include <QTemporaryDir>
#include <QtTest>

#include <algorithm>
#include <array>
#include <cmath>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <map>
#include <mutex>
#include <random>
#include <set>

using namespace millrace;
using namespace millrace::runtime;

namespace {

constexpr char kClassifier[] = R"({"kind":"classifier","batch_max":8,
    "inputs":[{"name":"x","datatype":"FP32","shape":[-1,4]}],"outputs":[{"name":"y","datatype":"FP32","shape":[-1,2]}]})";
constexpr char kSynthetic[] = R"({"kind":"synthetic","batch_max":8,
    "inputs":[{"name":"x","datatype":"INT32","shape":[-1,2]}],"outputs":[{"name":"y","datatype":"INT32","shape":[-1,3]}],
    "synthetic":{"fixed_ms":2,"row_ms":0.5,"load_ms":0,"bytes":4096,"tokens_per_s":0}})";

QString said(const Status& status)
{
    return QString::fromStdString(text(status));
}

constexpr char kStrangeDescription[] = R"("description":"a\u001b[31m\nb","batch_max")";
constexpr char kStrangeName[] = R"("x\u001b")";

/// A load that only ends when it is stopped.
constexpr char kEndless[] = R"({"kind":"synthetic","batch_max":4,
    "inputs":[{"name":"x","datatype":"INT32","shape":[-1,2]}],"outputs":[{"name":"y","datatype":"INT32","shape":[-1,3]}],
    "synthetic":{"load_ms":600000}})";

/// A value that another thread gives.
template <typename T>
class Later {
public:
    void give(T value)
    {
        const std::lock_guard lock(mutex_);
        value_ = std::move(value);
        given_.notify_all();
    }
    T take()
    {
        std::unique_lock lock(mutex_);
        if (!given_.wait_for(lock, std::chrono::seconds(30), [this] { return value_.has_value(); }))
            qFatal("waited in vain for another thread");
        return *std::exchange(value_, std::nullopt);
    }

private:
    std::mutex mutex_;
    std::condition_variable given_;
    std::optional<T> value_;
};

ModelShare syntheticModel(const std::string& config = kSynthetic)
{
    const std::atomic<bool> stop{false};
    auto parsed = parseModelConfig(config);
    auto model = SyntheticModel::load(*parsed, stop);
    return std::make_shared<LoadedModel>(LoadedModel{"synthetic", "1", *parsed, *std::move(model)});
}

Tensor tensorOf(const std::vector<std::int32_t>& values, std::vector<std::int64_t> shape, const char* name = "x")
{
    Tensor tensor{name, DataType::Int32, std::move(shape), {}, {}};
    tensor.bytes.assign(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(std::int32_t));
    return tensor;
}

/// Collects pieces; ends when a text has ended.
struct Collector {
    std::mutex mutex;
    std::string order;  // one letter a piece, by text
    std::map<char, std::string> texts;
    Later<Finish> ended;
    int open = 1;

    Generation::Sink sink(char letter)
    {
        return [this, letter](Piece piece) {
            const std::lock_guard lock(mutex);
            order += letter;
            texts[letter] += piece.text;
            if (piece.finish != Finish::None && --open == 0) ended.give(piece.finish);
            return true;
        };
    }
};

class FakeLoader final : public ModelLoader {
public:
    StatusOr<std::unique_ptr<Model>> load(const std::filesystem::path&, const ModelConfig& config,
                                          const LoadControl& control) override
    {
        ++loads;
        if (hold) held.take();
        return SyntheticModel::load(config, control.stop);
    }
    std::atomic<int> loads{0};
    std::atomic<bool> hold{false};
    Later<bool> held;
};

/// Keeps a single worker busy until `go`; returns once it is.
bool occupy(Workers& workers, Later<bool>& go)
{
    const auto started = std::make_shared<Later<bool>>();  // the worker may still hold it when it has been taken
    const Status taken = workers.submit([started, &go] {
        started->give(true);
        go.take();
    });
    if (taken.ok()) started->take();
    return taken.ok();
}

void put(const QString& folder, const QString& name, const char* config)
{
    std::filesystem::create_directories((folder + "/" + name + "/1").toStdString());
    std::ofstream((folder + "/" + name + "/config.json").toStdString()) << config;
}

/// A folder of models by name, each with its config.json, and a repository of it that loads one at a time.
struct Models {
    using Configs = std::initializer_list<std::pair<const char*, const char*>>;
    Models(Configs configs) : repository({folderOf(configs)}, loader, 1) {}
    void load(const char* name, Later<Status>& outcome)
    {
        repository.load(name, [&outcome](const Status& status) { outcome.give(status); });
    }
    void unload(const char* name, Later<Status>& outcome)
    {
        repository.unload(name, [&outcome](const Status& status) { outcome.give(status); });
    }

    QTemporaryDir folder;
    FakeLoader loader;
    Repository repository;

private:
    std::string folderOf(Configs configs) const
    {
        for (const auto& [name, config] : configs) put(folder.path(), name, config);
        return folder.path().toStdString();
    }
};

}  // namespace

class TestRuntimeParts : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void readsAConfig()
    {
        const auto config = parseModelConfig(kClassifier);
        QVERIFY2(config.ok(), qPrintable(said(config.status())));
        QCOMPARE(config->kind, ModelKind::Classifier);
        QCOMPARE(config->batchMax, 8);
        QCOMPARE(config->inputs.front().shape, (std::vector<std::int64_t>{-1, 4}));
        QVERIFY(config->platform() == "pytorch_libtorch");
        QVERIFY(parseModelConfig(kSynthetic)->platform() == "synthetic");
    }

    void refusesAWrongConfig_data()
    {
        QTest::addColumn<QString>("replace");
        QTest::addColumn<QString>("with");
        QTest::addColumn<QString>("field");
        QTest::newRow("not JSON") << "{\"kind\""
                                  << "\"kind\""
                                  << "";
        QTest::newRow("unknown kind") << "classifier"
                                      << "oracle"
                                      << "kind";
        QTest::newRow("misspelt key") << "batch_max"
                                      << "batchmax"
                                      << "batch_max";
        QTest::newRow("no rows") << ":8,"
                                 << ":0,"
                                 << "batch_max";
        QTest::newRow("half a row") << ":8,"
                                    << ":1.5,"
                                    << "batch_max";
        QTest::newRow("unknown datatype") << "FP32\",\"shape\":[-1,4]"
                                          << "FLOAT\",\"shape\":[-1,4]"
                                          << "inputs[0].datatype";
        QTest::newRow("fixed batch axis") << "[-1,4]"
                                          << "[1,4]"
                                          << "inputs[0].shape";
        QTest::newRow("empty axis") << "[-1,4]"
                                    << "[-1,0]"
                                    << "inputs[0].shape";
        QTest::newRow("no axes") << "[-1,4]"
                                 << "[]"
                                 << "inputs[0].shape";
        QTest::newRow("no name") << "\"name\":\"x\","
                                 << ""
                                 << "inputs[0].name";
        QTest::newRow("BYTES in TorchScript") << "FP32\",\"shape\":[-1,4]"
                                              << "BYTES\",\"shape\":[-1,4]"
                                              << "inputs";
        QTest::newRow("another kind's part") << "\"kind\":"
                                             << "\"synthetic\":{},\"kind\":"
                                             << "synthetic";
        QTest::newRow("no time") << "\"batch_max\""
                                 << "\"load_ms\":-1,\"batch_max\""
                                 << "load_ms";
        QTest::newRow("no tokenizer") << "classifier"
                                      << "embedding"
                                      << "tokenizer";
        QTest::newRow("no state") << "classifier"
                                  << "text"
                                  << "tokenizer";
    }
    void refusesAWrongConfig()
    {
        QFETCH(QString, replace);
        QFETCH(QString, with);
        QFETCH(QString, field);
        const QString config = QString(kClassifier).replace(replace, with);
        QVERIFY(config != kClassifier);
        const auto parsed = parseModelConfig(config.toStdString());
        QVERIFY(!parsed.ok());
        QVERIFY(absl::IsInvalidArgument(parsed.status()));
        QCOMPARE(QString::fromStdString(fieldOf(parsed.status()).value_or("")), field);
        QVERIFY2(said(parsed.status()).contains(field), qPrintable(said(parsed.status())));
    }

    void checksInputs_data()
    {
        QTest::addColumn<QString>("what");
        QTest::addColumn<QString>("words");
        QTest::newRow("good") << "good"
                              << "";
        QTest::newRow("wrong name") << "name"
                                    << "no such input";
        QTest::newRow("missing") << "missing"
                                 << "missing";
        QTest::newRow("twice") << "twice"
                               << "specified twice";
        QTest::newRow("wrong datatype") << "type"
                                        << "datatype is FP32, the model has INT32";
        QTest::newRow("wrong rank") << "rank"
                                    << "shape is [4], the model has [-1,2]";
        QTest::newRow("wrong width") << "width"
                                     << "shape is [2,3]";
        QTest::newRow("negative axis") << "negative"
                                       << "shape is [-2,2]";
        QTest::newRow("too few bytes") << "short"
                                       << "needs 16 bytes, got 12";
        QTest::newRow("overflowing shape") << "overflow"
                                           << "too large";
        QTest::newRow("no rows") << "empty"
                                 << "no rows";
        QTest::newRow("too many rows") << "many"
                                       << "has 9 rows, the model's batch_max is 8";
        QTest::newRow("inputs disagree") << "disagree"
                                         << "another input has";
    }
    void checksInputs()
    {
        QFETCH(QString, what);
        QFETCH(QString, words);
        std::vector<TensorSpec> specs{{"x", DataType::Int32, {-1, 2}}};
        std::vector<Tensor> given{tensorOf({1, 2, 3, 4}, {2, 2})};
        if (what == "name") given[0].name = "z";
        if (what == "missing") given.clear();
        if (what == "twice") given.push_back(given[0]);
        if (what == "type") given[0].type = DataType::Fp32;
        if (what == "rank") given[0].shape = {4};
        if (what == "width") given[0].shape = {2, 3};
        if (what == "negative") given[0].shape = {-2, 2};
        if (what == "short") given[0].bytes.resize(12);
        if (what == "overflow") given[0].shape = {std::int64_t{1} << 62, 2};
        if (what == "empty") given[0] = tensorOf({}, {0, 2});
        if (what == "many") given[0] = tensorOf(std::vector<std::int32_t>(18), {9, 2});
        if (what == "disagree") {
            specs.push_back({"y", DataType::Int32, {-1, 2}});
            given.push_back(tensorOf({1, 2}, {1, 2}, "y"));
        }
        const auto checked = checkInputs(given, specs, 8);
        if (words.isEmpty()) {
            QVERIFY2(checked.ok(), qPrintable(said(checked.status())));
            QCOMPARE(checked->rows, 2);
            return;
        }
        QVERIFY(absl::IsInvalidArgument(checked.status()));
        QVERIFY2(said(checked.status()).contains(words), qPrintable(said(checked.status())));
        QVERIFY(fieldOf(checked.status()).has_value());
    }

    void hashesWordsAndGroups()
    {
        QCOMPARE(HashedNgrams::words("The Mill's wheel, 2nd"),
                 (std::vector<std::string>{"the", "mill", "s", "wheel", "2nd"}));
        const HashedNgrams ngrams(1 << 20);
        const auto buckets = [&](const char* text) {
            std::set<std::int64_t> set;
            for (const auto& feature : ngrams.features(text)) set.insert(feature.bucket);
            return set;
        };
        QCOMPARE(buckets("Water WHEEL"), buckets("wheel, water"));
        std::vector<std::int64_t> shared;
        const auto right = buckets("waterwheel");
        const auto misspelt = buckets("watrwheel");
        std::set_intersection(right.begin(), right.end(), misspelt.begin(), misspelt.end(), std::back_inserter(shared));
        QVERIFY2(shared.size() >= right.size() / 3, qPrintable(QString::number(shared.size())));
        QVERIFY(ngrams.features("").empty());
        const auto twice = ngrams.features("mill mill");
        QVERIFY(std::abs(twice.front().weight - std::sqrt(2.0F)) < 1e-6F);
    }

    /// A word of 100 KB used to give 200,000 features, of which libtorch made 400 MB.
    void featuresAreBoundedByTheTable()
    {
        std::mt19937 random(3);
        std::string text;
        for (int at = 0; at < 200000; ++at) text += static_cast<char>(random() % 9 == 0 ? ' ' : 'a' + random() % 26);
        for (const std::string& given : {text, std::string(200000, 'a')}) {
            const auto features = HashedNgrams(4096).features(given);
            std::set<std::int64_t> buckets;
            for (const auto& feature : features) buckets.insert(feature.bucket);
            QCOMPARE(buckets.size(), features.size());
            QVERIFY(features.size() <= 4096);
        }
        QCOMPARE(HashedNgrams::wordCount(text), static_cast<std::int64_t>(HashedNgrams::words(text).size()));
        QCOMPARE(HashedNgrams::wordCount("The Mill's wheel, 2nd"), std::int64_t{5});
        QCOMPARE(HashedNgrams::wordCount(" ., "), std::int64_t{0});
    }

    void longTextsAreRefusedWithTheLimit()
    {
        const ModelShare model = syntheticModel();
        const auto most = static_cast<std::size_t>(model->config.inputMax);
        QVERIFY(checkTexts(*model, {std::string(most, 'x'), "y"}, "input").ok());
        const Status refused = checkTexts(*model, {"y", std::string(most + 1, 'x')}, "input");
        QVERIFY(absl::IsInvalidArgument(refused));
        QCOMPARE(fieldOf(refused).value_or(""), std::string("input"));
        for (const char* words : {"input[1]", "32769 bytes", "32768", "input_max", "'synthetic'"})
            QVERIFY2(said(refused).contains(words), qPrintable(said(refused)));
        const auto config =
            parseModelConfig(QByteArray(kSynthetic).replace("batch_max", "input_max\":10,\"batch_max").toStdString());
        QVERIFY2(config.ok(), qPrintable(said(config.status())));
        QCOMPARE(config->inputMax, 10);
        const auto wrong =
            parseModelConfig(QByteArray(kClassifier).replace("batch_max", "input_max\":10,\"batch_max").toStdString());
        QVERIFY(said(wrong.status()).contains("input_max"));
    }

    /// A prompt of 30 MB to a model that reads 512 characters used to cost 6 s and 300 MB.
    void longPromptsAreRefusedWithTheLimit()
    {
        const auto prompts = [](std::vector<std::size_t> sizes) {
            std::vector<GenerationRequest> texts(sizes.size());
            for (std::size_t i = 0; i < sizes.size(); ++i) texts[i].writing.prompt.assign(sizes[i], 'x');
            return texts;
        };
        const ModelShare synthetic = syntheticModel();
        QVERIFY(checkPrompts(*synthetic, prompts({1 << 20, 3}), "prompt").ok());
        const Status refused = checkPrompts(*synthetic, prompts({3, (1 << 20) + 1}), "prompt");
        QVERIFY(absl::IsInvalidArgument(refused));
        QCOMPARE(fieldOf(refused).value_or(""), std::string("prompt"));
        for (const char* words : {"prompt[1]", "1048577 bytes", "at most 1048576", "'synthetic'"})
            QVERIFY2(said(refused).contains(words), qPrintable(said(refused)));

        LoadedModel text;
        text.name = "writer";
        text.config.kind = ModelKind::Text;
        text.config.inputMax = 10;
        QVERIFY(checkPrompts(text, prompts({10}), "messages").ok());
        const Status tooLong = checkPrompts(text, prompts({11}), "messages");
        QCOMPARE(fieldOf(tooLong).value_or(""), std::string("messages"));
        for (const char* words : {"messages has 11 bytes", "input_max", "last 2048 characters"})
            QVERIFY2(said(tooLong).contains(words), qPrintable(said(tooLong)));
    }

    /// A request of many long texts used to be a queue of runs that all others stood behind.
    void largeEmbeddingsLetOthersPass()
    {
        Workers workers(1, 16);
        Later<bool> go;
        QVERIFY(occupy(workers, go));
        const std::vector<std::string> texts(40, std::string(kEmbedBytesOfAPart / 2, 'x'));  // twenty parts
        Later<StatusOr<std::vector<std::vector<float>>>> all;
        std::atomic<int> passed{0};
        std::atomic<bool> ended{false};
        embedAll(workers, syntheticModel(), texts, {}, [&](auto vectors) {
            ended = true;
            all.give(std::move(vectors));
        });
        for (int other = 0; other < 5; ++other) QVERIFY(workers.submit([&] { passed += ended ? 0 : 1; }).ok());
        go.give(true);
        const auto vectors = all.take();
        QVERIFY(vectors.ok());
        QCOMPARE(vectors->size(), texts.size());
        for (const auto& vector : *vectors) QCOMPARE(vector, vectors->front());
        QCOMPARE(passed.load(), 5);
    }

    void embeddingsForNobodyEnd()
    {
        Workers workers(2, 16);
        std::atomic<int> asked{0};
        Later<StatusOr<std::vector<std::vector<float>>>> all;
        embedAll(
            workers, syntheticModel(), std::vector<std::string>(1000, std::string(20000, 'x')),
            [&] { return ++asked > 3; }, [&](auto vectors) { all.give(std::move(vectors)); });
        QVERIFY(absl::IsCancelled(all.take().status()));
        QVERIFY(asked < 10);
    }

    void promptsAreReadFromTheirEnd_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<int>("most");
        QTest::addColumn<QByteArray>("tail");
        QTest::newRow("short") << QByteArray("abc") << 5 << QByteArray("abc");
        QTest::newRow("cut") << QByteArray("abcdef") << 2 << QByteArray("ef");
        QTest::newRow("none") << QByteArray() << 2 << QByteArray();
        QTest::newRow("wide") << QByteArray("äöü€😀") << 2 << QByteArray("€😀");
        QTest::newRow("wide and long") << QByteArray("😀").repeated(1000) << 3 << QByteArray("😀").repeated(3);
        QTest::newRow("letters after wide")
            << QByteArray("😀").repeated(100) + QByteArray("a").repeated(1000) << 4 << QByteArray("aaaa");
        QTest::newRow("no UTF-8") << QByteArray("\x80").repeated(1000) << 3 << QByteArray("\x80").repeated(3);
        QTest::newRow("cut character") << QByteArray("ab\xf0") << 1 << QByteArray("\xf0");
    }
    void promptsAreReadFromTheirEnd()
    {
        QFETCH(QByteArray, text);
        QFETCH(int, most);
        QFETCH(QByteArray, tail);
        const std::string given = text.toStdString();
        QCOMPARE(std::string(Characters::tail(given, static_cast<std::size_t>(most))), tail.toStdString());
    }

    void knowsItsAlphabet()
    {
        const Characters characters(" aä€");
        QCOMPARE(characters.size(), std::size_t{4});
        QCOMPARE(characters.encode("a€ä?"), (std::vector<std::int64_t>{1, 3, 2, 0}));
        QCOMPARE(QString::fromStdString(characters.character(3)), QString::fromUtf8("€"));
        QCOMPARE(characters.encode("\xE2\x82").size(), std::size_t{1});  // cut inside a character
    }

    void picksTokens()
    {
        const std::vector<float> logits{0.0F, 2.0F, 1.0F};
        Random random(7);
        QCOMPARE(pickToken(logits, 0.0, 1.0, random), std::size_t{1});
        for (int turn = 0; turn < 200; ++turn) QCOMPARE(pickToken(logits, 1.0, 0.5, random), std::size_t{1});
        std::array<int, 3> seen{};
        for (int turn = 0; turn < 3000; ++turn) ++seen[pickToken(logits, 1.0, 1.0, random)];
        QVERIFY2(seen[1] > 1800 && seen[1] < 2200 && seen[0] > 150 && seen[0] < 400,  // 66.5 % and 9.0 %
                 qPrintable(QString("%1 %2 %3").arg(seen[0]).arg(seen[1]).arg(seen[2])));
        Random one(3);
        Random other(3);
        for (int turn = 0; turn < 50; ++turn)
            QCOMPARE(pickToken(logits, 1.0, 1.0, one), pickToken(logits, 1.0, 1.0, other));
    }

    void stopsAtAString()
    {
        StopFilter filter({"END", "stop here"});
        QCOMPARE(filter.pass("some E"), std::string("some "));
        QCOMPARE(filter.pass("N more, st"), std::string("EN more, "));
        QCOMPARE(filter.pass("op he"), std::string());
        QCOMPARE(filter.pass("re and on"), std::string());
        QVERIFY(filter.found());
        QCOMPARE(filter.rest(), std::string());
        StopFilter open({"END"});
        QCOMPARE(open.pass("the EN"), std::string("the "));
        QCOMPARE(open.rest(), std::string("EN"));
    }

    void syntheticTakesItsTimeAndRepeatsItsRows()
    {
        const ModelShare share = syntheticModel();
        const auto began = std::chrono::steady_clock::now();
        const auto outputs = share->model->run({tensorOf({1, 2, 3, 4, 5, 6}, {3, 2})});
        const double took = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - began).count();
        QVERIFY2(took >= 3.5, qPrintable(QString::number(took)));  // 2 + 3 · 0.5
        QCOMPARE(outputs->front().shape, (std::vector<std::int64_t>{3, 3}));
        QCOMPARE(outputs->front().bytes, tensorOf({1, 2, 1, 3, 4, 3, 5, 6, 5}, {3, 3}).bytes);
        QCOMPARE(share->model->bytes(), std::uint64_t{4096});
        const auto vectors = share->model->embed({"one text", "one text", "another"});
        QCOMPARE((*vectors)[0], (*vectors)[1]);
        QVERIFY((*vectors)[0] != (*vectors)[2]);
    }

    void refusesRunsBeyondTheQueue()
    {
        Workers workers(1, 2);
        Later<bool> go;
        QVERIFY(occupy(workers, go));
        int ran = 0;
        QVERIFY(workers.submit([&] { ++ran; }).ok());
        QVERIFY(workers.submit([&] { ++ran; }).ok());
        const Status refused = workers.submit([] {});
        QVERIFY(absl::IsResourceExhausted(refused));
        QVERIFY2(said(refused).contains("the limit is 2"), qPrintable(said(refused)));
        QVERIFY(retryAfterOf(refused).has_value());
        go.give(true);
        QVERIFY(workers.drain(std::chrono::steady_clock::now() + std::chrono::seconds(30)));
        QCOMPARE(ran, 2);
    }

    void runsAndTurnsStarveNeither()
    {
        Workers workers(1, 16);
        Later<bool> go;
        QVERIFY(occupy(workers, go));
        std::string order;
        for (int count = 0; count < 4; ++count) QVERIFY(workers.submit([&] { order += 'r'; }).ok());
        for (int count = 0; count < 2; ++count) workers.turn([&] { order += 't'; });
        go.give(true);
        QVERIFY(workers.drain(std::chrono::steady_clock::now() + std::chrono::seconds(30)));
        QCOMPARE(order, std::string("trtrrr"));
    }

    void textsTakeTurns()
    {
        Workers workers(1, 16);
        Collector collector;
        collector.open = 2;
        const ModelShare model = syntheticModel();
        GenerationRequest request;
        request.tokensMax = 20;
        Later<bool> go;
        QVERIFY(workers.submit([&] { go.take(); }).ok());  // so that both begin together
        const auto one = Generation::start(workers, model, request, collector.sink('a'));
        const auto other = Generation::start(workers, model, request, collector.sink('b'));
        QVERIFY(one.ok() && other.ok());
        go.give(true);
        QCOMPARE(collector.ended.take(), Finish::Length);
        std::string expected;
        for (int turn = 0; turn < 20; ++turn) expected += "ab";
        QCOMPARE(collector.order, expected);
        QCOMPARE(collector.texts['a'], collector.texts['b']);  // same seed
    }

    void aTextWaitsForItsReaderAndEndsWhenNobodyReads()
    {
        Workers workers(1, 16);
        ModelShare model = syntheticModel();
        const std::weak_ptr<LoadedModel> watched = model;
        std::atomic<int> pieces{0};
        GenerationRequest request;
        request.tokensMax = 1'000'000;
        auto text = Generation::start(workers, std::move(model), request, [&](Piece) { return ++pieces < 5; });
        const auto idle = [&] { return workers.drain(std::chrono::steady_clock::now() + std::chrono::seconds(30)); };
        QVERIFY(idle());
        QCOMPARE(pieces.load(), 5);
        (*text)->resume();
        QVERIFY(idle());
        QCOMPARE(pieces.load(), 6);  // still behind: one more, then it waits again
        QVERIFY(!watched.expired());
        (*text)->cancel();
        QVERIFY(idle());
        QCOMPARE(pieces.load(), 6);
        QVERIFY(watched.expired());  // the model may be unloaded, though the text's handle is still held
    }

    void loadsOnceForAllWhoAsk()
    {
        QTemporaryDir folder;
        put(folder.path(), "one", kSynthetic);
        FakeLoader loader;
        loader.hold = true;
        Repository repository({folder.path().toStdString()}, loader, 2);
        QVERIFY(absl::IsFailedPrecondition(repository.find("one", "").status()));
        Later<Status> first;
        Later<Status> second;
        repository.load("one", [&](const Status& status) { first.give(status); });
        repository.load("one", [&](const Status& status) { second.give(status); });
        QVERIFY(said(repository.find("one", "").status()).contains("is being loaded"));
        QCOMPARE(repository.list().front().state, ModelState::Loading);
        loader.held.give(true);
        QVERIFY(first.take().ok());
        QVERIFY(second.take().ok());
        QCOMPARE(loader.loads.load(), 1);
        repository.load("one", [&](const Status& status) { first.give(status); });
        QVERIFY(first.take().ok());
        QCOMPARE(loader.loads.load(), 1);  // loaded already, files unchanged
        QVERIFY(repository.find("one", "1").ok());
        QVERIFY(absl::IsNotFound(repository.find("one", "2").status()));
    }

    void unloadWaitsForTheLastUser()
    {
        Models models{{"one", kSynthetic}};
        Later<Status> loaded;
        models.load("one", loaded);
        QVERIFY(loaded.take().ok());
        ModelShare share = *models.repository.find("one", "");
        bool unloaded = false;
        models.repository.unload("one", [&](const Status& status) { unloaded = status.ok(); });
        QVERIFY(!unloaded);
        QVERIFY(absl::IsFailedPrecondition(models.repository.find("one", "").status()));
        QCOMPARE(models.repository.list().front().state, ModelState::Unloading);
        Later<Status> again;
        models.load("one", again);  // asked for while it goes
        share.reset();
        QVERIFY(unloaded);
        QVERIFY(again.take().ok());
        QCOMPARE(models.loader.loads.load(), 2);
    }

    /// It used to be refused, and the load went on: the model stayed in memory unseen.
    void unloadStopsALoad()
    {
        Models models{{"one", kEndless}};
        Later<Status> loaded, unloaded, again;
        models.load("one", loaded);
        QTRY_COMPARE(models.loader.loads.load(), 1);
        models.unload("one", unloaded);
        put(models.folder.path(), "one", kSynthetic);
        models.load("one", again);  // asked for while it is stopped
        QVERIFY(absl::IsCancelled(loaded.take()));
        QVERIFY(unloaded.take().ok());
        QVERIFY(again.take().ok());
        QCOMPARE(models.loader.loads.load(), 2);
        QCOMPARE(models.repository.list().front().state, ModelState::Loaded);
    }

    void unloadOfALoadThatWaitsIsAnsweredAtOnce()
    {
        Models models{{"busy", kEndless}, {"one", kSynthetic}};
        Later<Status> busy, loaded;
        models.load("busy", busy);
        QTRY_COMPARE(models.loader.loads.load(), 1);
        models.load("one", loaded);
        bool unloaded = false;
        models.repository.unload("one", [&](const Status& status) { unloaded = status.ok(); });
        QVERIFY(unloaded);  // the only thread loads the other one still
        QVERIFY(absl::IsCancelled(loaded.take()));
        QCOMPARE(models.repository.info("one")->state, ModelState::Unloaded);
        Later<Status> ended;
        models.unload("busy", ended);
        QVERIFY(ended.take().ok());
        QVERIFY(absl::IsCancelled(busy.take()));
        QCOMPARE(models.loader.loads.load(), 1);  // the one that waited was never begun
    }

    void unloadStopsAReloadToo()
    {
        Models models{{"one", kSynthetic}};
        Later<Status> loaded, reloaded, unloaded;
        models.load("one", loaded);
        QVERIFY(loaded.take().ok());
        ModelShare share = *models.repository.find("one", "");
        put(models.folder.path(), "one", kEndless);  // its files changed
        models.load("one", reloaded);
        QTRY_COMPARE(models.loader.loads.load(), 2);
        std::atomic<bool> ended{false};
        models.repository.unload("one", [&](const Status& status) {
            ended = true;
            unloaded.give(status);
        });
        QVERIFY(absl::IsCancelled(reloaded.take()));
        QVERIFY(!ended);  // a run still holds the old one
        share.reset();
        QVERIFY(unloaded.take().ok());
        QCOMPARE(models.repository.info("one")->state, ModelState::Unloaded);
    }

    /// Under random loads, unloads, changes and runs: every call is answered once, and an unload that was answered
    /// with OK left nothing in memory that was there when it was asked.
    void loadsAndUnloadsInAnyOrderAreAllAnswered()
    {
        QTemporaryDir folder;
        const std::vector<std::string> names{"a", "b", "c"};
        for (const std::string& name : names) put(folder.path(), QString::fromStdString(name), kSynthetic);
        FakeLoader loader;
        std::atomic<int> asked{0}, answered{0};
        {
            Repository repository({folder.path().toStdString()}, loader, 2);
            std::mt19937 random(7);
            std::vector<ModelShare> held;
            for (int step = 0; step < 2000; ++step) {
                const std::string& name = names[random() % names.size()];
                const auto count = [&](const Status&) { ++answered; };
                switch (random() % 5) {
                    case 0:
                    case 1:
                        ++asked;
                        repository.load(name, count);
                        break;
                    case 2:
                        ++asked;
                        repository.unload(name, count);
                        break;
                    case 3:
                        if (auto share = repository.find(name, ""); share.ok()) held.push_back(*std::move(share));
                        break;
                    default:
                        if (!held.empty())
                            held.erase(held.begin() + static_cast<std::ptrdiff_t>(random() % held.size()));
                        break;
                }
            }
            held.clear();
            for (const std::string& name : names) {
                ++asked;
                repository.unload(name, [&](const Status&) { ++answered; });
            }
            QTRY_COMPARE(answered.load(), asked.load());
            for (const auto& model : repository.list()) QCOMPARE(model.state, ModelState::Unloaded);
        }
        QCOMPARE(answered.load(), asked.load());
    }

    void modelsAreDescribedWithoutBeingLoaded()
    {
        Models models{{"one", kSynthetic}};
        for (const char* version : {"", "1"}) {
            const auto known = models.repository.describe("one", version);
            QVERIFY(known.ok());
            QCOMPARE(known->config->inputs.front().name, std::string("x"));
        }
        for (const char* version : {"2", "99", "latest"}) {
            QVERIFY(absl::IsNotFound(models.repository.describe("one", version).status()));
            QVERIFY(absl::IsNotFound(models.repository.find("one", version).status()));
        }
        QVERIFY(absl::IsNotFound(models.repository.describe("two", "").status()));
        QCOMPARE(models.loader.loads.load(), 0);
    }

    void strangeFolderNamesAreSkipped()
    {
        QTemporaryDir folder;
        put(folder.path(), "one", kSynthetic);
        const std::string base = folder.path().toStdString();
        for (const std::string& name : {std::string("\xff\xfe"), std::string("\x1b[2J"), std::string(200, 'n'),
                                        std::string("with space"), std::string("\u202e")}) {
            std::filesystem::create_directories(base + "/" + name);
            std::ofstream(base + "/" + name + "/config.json") << kSynthetic;
        }
        FakeLoader loader;
        Repository repository({base}, loader, 1);
        QCOMPARE(repository.list().size(), std::size_t{1});
        QCOMPARE(repository.list().front().name, std::string("one"));
        const auto with = [](const char* what, const char* instead) {
            return parseModelConfig(QByteArray(kSynthetic).replace(what, instead).toStdString());
        };
        const auto config = with("\"batch_max\"", kStrangeDescription);
        QVERIFY2(config.ok(), qPrintable(said(config.status())));
        QVERIFY(isWashed(config->description));
        const auto wrong = with("\"x\"", kStrangeName);
        QVERIFY2(said(wrong.status()).contains("inputs[0].name"), qPrintable(said(wrong.status())));
    }

    void aFailedLoadSaysWhy()
    {
        Models models{{"broken", "{\"kind\":\"synthetic\"}"}};
        QCOMPARE(models.repository.list().size(), std::size_t{1});
        QVERIFY(models.repository.list().front().reason.find("batch_max: missing") != std::string::npos);
        Later<Status> loaded;
        models.load("broken", loaded);
        const Status status = loaded.take();
        QVERIFY(absl::IsInternal(status));  // not InvalidArgument: whoever asks cannot mend the file
        QVERIFY2(said(status).contains("model 'broken'"), qPrintable(said(status)));
        put(models.folder.path(), "broken", kSynthetic);  // mended on disk: the next load reads it again
        models.repository.load("broken", [&](const Status& mended) { loaded.give(mended); });
        QVERIFY(loaded.take().ok());
    }

    void namesStayInsideTheRepository_data()
    {
        QTest::addColumn<QString>("name");
        for (const char* name : {"", "..", "../one", "one/../one", "/etc", ".hidden", "no-such-model", "one\n"})
            QTest::newRow(*name == '\0' ? "empty" : name) << QString(name);
    }
    void namesStayInsideTheRepository()
    {
        QFETCH(QString, name);
        Models models{{"one", kSynthetic}, {".hidden", kSynthetic}};
        Later<Status> loaded;
        models.repository.load(name.toStdString(), [&](const Status& status) { loaded.give(status); });
        QVERIFY(absl::IsNotFound(loaded.take()));
        QVERIFY(absl::IsNotFound(models.repository.find(name.toStdString(), "").status()));
        QCOMPARE(models.loader.loads.load(), 0);
    }

    void refusesWhatItCannotDo_data()
    {
        QTest::addColumn<QString>("route");
        QTest::addColumn<QString>("body");
        QTest::addColumn<QString>("field");
        const auto chat = [](const QByteArray& more) {
            return QString(R"({"model":"m","messages":[{"role":"user","content":"x"}])") + more + "}";
        };
        QTest::newRow("not JSON") << "chat"
                                  << "{"
                                  << "";
        QTest::newRow("no model") << "chat"
                                  << R"({"messages":[]})"
                                  << "model";
        QTest::newRow("no messages") << "chat"
                                     << R"({"model":"m"})"
                                     << "messages";
        QTest::newRow("no role") << "chat"
                                 << R"({"model":"m","messages":[{"content":"x"}]})"
                                 << "messages[0].role";
        QTest::newRow("picture") << "chat"
                                 << R"({"model":"m","messages":[{"role":"user","content":[{"type":"image_url"}]}]})"
                                 << "messages[0].content";
        QTest::newRow("two answers") << "chat" << chat(R"(,"n":2)") << "n";
        QTest::newRow("no tokens") << "chat" << chat(R"(,"max_tokens":0)") << "max_tokens";
        QTest::newRow("too hot") << "chat" << chat(R"(,"temperature":3)") << "temperature";
        QTest::newRow("top_p text") << "chat" << chat(R"(,"top_p":"x")") << "top_p";
        QTest::newRow("long stop") << "chat" << chat(",\"stop\":\"" + QByteArray(1025, 'x') + "\"") << "stop";
        QTest::newRow("five stops") << "chat" << chat(R"(,"stop":["a","b","c","d","e"])") << "stop";
        QTest::newRow("stream text") << "chat" << chat(R"(,"stream":"yes")") << "stream";
        QTest::newRow("logprobs") << "chat" << chat(R"(,"logprobs":true)") << "logprobs";
        QTest::newRow("tools") << "chat" << chat(R"(,"tools":[{"type":"function"}])") << "tools";
        QTest::newRow("tool required") << "chat" << chat(R"(,"tools":[{"type":"function"}],"tool_choice":"required")")
                                       << "tool_choice";
        QTest::newRow("tool named") << "chat" << chat(R"(,"tool_choice":{"type":"function"})") << "tool_choice";
        QTest::newRow("functions") << "chat" << chat(R"(,"functions":[{"name":"f"}])") << "functions";
        QTest::newRow("json_object") << "chat" << chat(R"(,"response_format":{"type":"json_object"})")
                                     << "response_format";
        QTest::newRow("json_schema") << "chat" << chat(R"(,"response_format":{"type":"json_schema","json_schema":{}})")
                                     << "response_format";
        QTest::newRow("logit_bias") << "chat" << chat(R"(,"logit_bias":{"5":1})") << "logit_bias";
        QTest::newRow("penalty") << "chat" << chat(R"(,"frequency_penalty":0.5)") << "frequency_penalty";
        QTest::newRow("speech") << "chat" << chat(R"(,"modalities":["text","audio"])") << "modalities";
        QTest::newRow("logit_bias of a completion") << "completion"
                                                    << R"({"model":"m","prompt":"x","logit_bias":{"5":1}})"
                                                    << "logit_bias";
        QTest::newRow("token prompt") << "completion"
                                      << R"({"model":"m","prompt":[1,2]})"
                                      << "prompt";
        QTest::newRow("suffix") << "completion"
                                << R"({"model":"m","prompt":"x","suffix":"y"})"
                                << "suffix";
        QTest::newRow("no input") << "embedding"
                                  << R"({"model":"m"})"
                                  << "input";
        QTest::newRow("empty list") << "embedding"
                                    << R"({"model":"m","input":[]})"
                                    << "input";
        QTest::newRow("tokens") << "embedding"
                                << R"({"model":"m","input":[[1]]})"
                                << "input";
        QTest::newRow("format") << "embedding"
                                << R"({"model":"m","input":"x","encoding_format":"hex"})"
                                << "encoding_format";
        QTest::newRow("dimensions") << "embedding"
                                    << R"({"model":"m","input":"x","dimensions":0})"
                                    << "dimensions";
    }
    void refusesWhatItCannotDo()
    {
        QFETCH(QString, route);
        QFETCH(QString, body);
        QFETCH(QString, field);
        const std::string json = body.toStdString();
        const Status status = route == "chat"         ? openai::readChat(json, 1).status()
                              : route == "completion" ? openai::readCompletion(json, 1).status()
                                                      : openai::readEmbedding(json).status();
        QVERIFY(absl::IsInvalidArgument(status));
        QCOMPARE(QString::fromStdString(fieldOf(status).value_or("")), field);
    }

    /// Twenty million numbers used to become half a gigabyte before they were counted.
    void listsAreCountedBeforeTheyAreRead()
    {
        // The quickest of a few: other programs may hold the processors.
        const auto cost = [](std::size_t bytes) {
            std::string body = R"({"model":"m","input":[1)";
            while (body.size() < bytes) body += ",1";
            body += "]}";
            qint64 quickest = std::numeric_limits<qint64>::max();
            for (int turn = 0; turn < 5; ++turn) {
                QElapsedTimer timer;
                timer.start();
                const Status refused = openai::readEmbedding(body).status();
                quickest = std::min(quickest, timer.nsecsElapsed() / 1000);
                if (!absl::IsInvalidArgument(refused) || !said(refused).contains("2048")) return qint64{-1};
            }
            return quickest;
        };
        // A body of a fiftieth has too many as well: no more than that much is read of the large one.
        const auto large = cost(40U << 20), small = cost(800U << 10);
        QVERIFY(large >= 0 && small >= 0);
        QVERIFY2(large <= 10 * (small + 10), qPrintable(QString("%1 us, %2 us").arg(large).arg(small)));
        // Commas within a text are letters.
        QVERIFY(openai::readEmbedding(R"({"model":"m","input":")" + std::string(1 << 20, ',') + R"("})").ok());
        QCOMPARE(openai::modelNamed(R"({"input":1,"model":"scribe"})"), std::string("scribe"));
        QCOMPARE(openai::modelNamed("{"), std::string());
    }

    void readsAChat()
    {
        const auto call = openai::readChat(
            R"({"model":"m","messages":[{"role":"system","content":"Be short."},
                {"role":"user","content":[{"type":"text","text":"Say "},{"type":"text","text":"it."}]}],
                "stream":true,"stream_options":{"include_usage":true},"max_completion_tokens":7,"temperature":0,
                "seed":-3,"stop":"\n","top_k":4,"tools":null,"tool_choice":"none","logit_bias":{},
                "response_format":{"type":"text"},"frequency_penalty":0,"presence_penalty":0.0,"modalities":["text"],
                "functions":[],"metadata":{"deep":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]}})",
            99);
        QVERIFY2(call.ok(), qPrintable(said(call.status())));
        QVERIFY(call->stream && call->usageAsked && call->chat);
        const GenerationRequest& text = call->texts.front();
        QCOMPARE(text.writing.prompt, std::string("Be short.\n\nSay it.\n\n"));
        QCOMPARE(text.tokensMax, 7);
        QCOMPARE(text.writing.seed, static_cast<std::uint64_t>(-3));
        QCOMPARE(text.stop, (std::vector<std::string>{"\n"}));
        QCOMPARE(openai::readCompletion(R"({"model":"m","prompt":["a","b"]})", 99)->texts[1].writing.seed, 99U);
    }
};

QTEST_GUILESS_MAIN(TestRuntimeParts)
#include "tst_runtime_parts.moc"
