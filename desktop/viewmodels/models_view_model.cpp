// SPDX-License-Identifier: GPL-3.0-or-later
#include "viewmodels/models_view_model.h"

#include "control.pb.h"
#include "format/enum_words.h"
#include "format/event_words.h"
#include "format/natural_order.h"
#include "format/said.h"
#include "goals.h"
#include "series/time_ticks.h"
#include "viewmodels/model_rules.h"

#include <algorithm>
#include <cmath>

namespace millrace::desktop {
namespace {

using format::Unit;
using Model = control::ModelState;

int levelOf(control::ModelPhase state)
{
    switch (state) {
        case control::MODEL_PHASE_WARM:
            return ModelList::Warm;
        case control::MODEL_PHASE_FAILED:
            return ModelList::Failed;
        case control::MODEL_PHASE_QUEUED:
        case control::MODEL_PHASE_LOADING:
        case control::MODEL_PHASE_UNLOADING:
            return ModelList::Moving;
        case control::MODEL_PHASE_COLD:
        case control::MODEL_PHASE_UNSPECIFIED:
            MILLRACE_NEWER_VALUES(ModelPhase);
    }
    return ModelList::Cold;
}

bool isWarm(const Model& model)
{
    return model.loadable() && model.state() == control::MODEL_PHASE_WARM;
}

bool isIdle(const Model& model)
{
    return isWarm(model) && !model.pinned() && model.leases() == 0;
}

// Where each key figure is explained.
constexpr FigureTarget kTargets[] = {
    {"hits", "models#loads"}, {"accuracy", "models#predictions"}, {"waited", "models#loads"},
    {"load", "models#loads"}, {"queue", "models#models"},         {"resident", "models#models"},
};

}  // namespace

QString ModelsViewModel::kindText(control::ModelKind kind)
{
    switch (kind) {
        case control::MODEL_KIND_CLASSIFIER:
            return tr("classifier");
        case control::MODEL_KIND_EMBEDDING:
            return tr("embedding");
        case control::MODEL_KIND_TEXT:
            return tr("text");
        case control::MODEL_KIND_SYNTHETIC:
            return tr("synthetic");
        case control::MODEL_KIND_UNSPECIFIED:
            return {};
            MILLRACE_NEWER_VALUES(ModelKind);
    }
    return format::unknownText(kind);
}

QString ModelsViewModel::stateText(const Model& model)
{
    switch (model.state()) {
        case control::MODEL_PHASE_WARM:
            return model.loadable() ? tr("loaded") : tr("managed");
        case control::MODEL_PHASE_COLD:
            return tr("not loaded");
        case control::MODEL_PHASE_QUEUED:
            return tr("queued");
        case control::MODEL_PHASE_LOADING:
            return (model.preloading() ? tr("preloading") : tr("loading")) +
                   (model.has_eta_ms() ? QStringLiteral(" · ") + format::milliseconds(model.eta_ms()) : QString());
        case control::MODEL_PHASE_UNLOADING:
            return tr("unloading");
        case control::MODEL_PHASE_FAILED:
            return tr("failed");
        case control::MODEL_PHASE_UNSPECIFIED:
            MILLRACE_NEWER_VALUES(ModelPhase);
    }
    return format::unknownText(model.state());
}

ModelsViewModel::ModelsViewModel(Session& session, QObject* parent) : PageViewModel(session, parent)
{
    connect(&session, &Session::ticked, this, &ModelsViewModel::gatherTrends);
    connect(&idleTtl_, &IdleTtlEditor::applied, this, &ModelsViewModel::setIdleTtl);
    // Moving through the past moves the timeline and the figures along.
    connect(session.time(), &TimeView::rangeChanged, this, [this] {
        if (!isActive() || !this->session().time()->isPaused()) return;
        refreshKpis();
        refreshTimeline();
    });
}

void ModelsViewModel::gatherTrends()
{
    const qint64 now = session().nowMs();
    if (!trends_.beginRound(now)) return;
    for (const Model& model : session().frame().models().models())
        trends_.addTotal(QString::fromStdString(model.model()), now, static_cast<double>(model.requests_total()));
}

int ModelsViewModel::loadableCount(const control::ModelSection& section)
{
    const auto count = std::count_if(section.models().begin(), section.models().end(),
                                     [](const Model& model) { return model.loadable(); });
    return static_cast<int>(count);
}

bool ModelsViewModel::allFit(const control::ModelSection& section, std::optional<double> resident)
{
    const int loadable = loadableCount(section);
    return loadable > 0 && resident && *resident >= loadable;
}

QString ModelsViewModel::warmCount(const Session& session)
{
    const auto& models = session.frame().models().models();
    if (models.empty()) return {};
    const int loadable = loadableCount(session.frame().models());
    if (loadable == 0) return format::count(models.size());
    const auto warm = std::count_if(models.begin(), models.end(), &isWarm);
    return QStringLiteral("%1 / %2").arg(format::count(static_cast<double>(warm)), format::count(loadable));
}

QString ModelsViewModel::warmTip(const Session& session)
{
    const QString count = warmCount(session);
    return count.isEmpty() ? count : tr("%1 in memory").arg(count);
}

void ModelsViewModel::refresh()
{
    refreshKpis();
    refreshModels();
    refreshTimeline();
    refreshMatrix();
    Q_EMIT changed();
}

void ModelsViewModel::refreshKpis()
{
    const PageFigures now(session());
    const auto& section = session().frame().models();
    const auto& prediction = section.prediction();
    const auto stage = Stage::Models;
    QList<KpiRow> rows;

    const int loadable = loadableCount(section);
    // Whether all fit is known of now only.
    if (!now.isPast() && allFit(section, now.at("resident_models"))) {
        rows.append({QStringLiteral("hits"), tr("In memory"), tr("%1 of %1").arg(format::count(loadable)), tr("models"),
                     tr("all fit: nothing to preload"), KpiList::None, QStringLiteral("resident_models"), stage});
    } else {
        const auto hits = now.figure("preload_hit_rate", Unit::Share);
        const auto preloads = static_cast<double>(prediction.hits() + prediction.late() + prediction.wasted());
        QString goal = tr("goal ≥ %1").arg(format::share(goals::kPreloadHitsMin));
        if (preloads > 0 && !now.isPast())
            goal =
                tr("%1 · %2 wasted")
                    .arg(goal,
                         format::share(std::round(100.0 * static_cast<double>(prediction.wasted()) / preloads) / 100));
        const bool off = !now.isPast() && section.has_prediction() && !prediction.preload();
        rows.append({QStringLiteral("hits"), tr("Preload hits"), hits.value, tr("%1 in 5 min").arg(hits.unit),
                     off ? tr("preloading is switched off") : now.note(goals::kPreloadHits, goal),
                     off ? int(KpiList::None) : now.verdict(goals::kPreloadHits), QStringLiteral("preload_hit_rate"),
                     stage});
    }

    const auto accuracy = now.figure("prediction_accuracy", Unit::Share);
    rows.append({QStringLiteral("accuracy"), tr("Prediction"), accuracy.value, tr("%1 of requests").arg(accuracy.unit),
                 tr("goal ≥ %1 · changes %2").arg(format::share(goals::kPredictionMin), now.percent("change_accuracy")),
                 now.verdict(goals::kPrediction), QStringLiteral("prediction_accuracy"), stage});

    rows.append({QStringLiteral("waited"), tr("Loads waited for"), now.whole("waited_loads"), tr("in 5 min"),
                 tr("LRU alone: %1").arg(now.whole("lru_waited_loads")), KpiList::None, QStringLiteral("waited_loads"),
                 stage});

    const auto load = now.figure("load_average_ms", Unit::Milliseconds);
    rows.append({QStringLiteral("load"), tr("Load time"), load.value,
                 now.at("load_average_ms") ? tr("%1 average").arg(load.unit) : QString(),
                 tr("goal ≤ %1").arg(format::milliseconds(goals::kLoadMsMax)), now.verdict(goals::kLoadTime),
                 QStringLiteral("load_average_ms"), stage});

    rows.append({QStringLiteral("queue"), tr("Load queue"), now.whole("load_queue"), tr("waiting"),
                 PageFigures::joined(
                     {tr("goal < %1").arg(format::count(goals::kLoadQueueMax)),
                      now.isPast() || section.concurrent_max() == 0
                          ? tr("%1 loading").arg(now.whole("load_loading"))
                          : tr("%1 of %2 loading").arg(now.whole("load_loading")).arg(section.concurrent_max())}),
                 now.verdict(goals::kLoadQueue), QStringLiteral("load_queue"), stage});

    const auto memory = now.figure("resident_bytes", Unit::Bytes);
    const auto budget = static_cast<double>(section.budget_bytes());
    rows.append({QStringLiteral("resident"), tr("Memory of models"), memory.value,
                 budget > 0 && !now.isPast() ? tr("%1 of %2").arg(memory.unit, format::bytes(budget)) : memory.unit,
                 now.isPast() || loadable == 0
                     ? tr("%1 models").arg(now.whole("resident_models"))
                     : tr("%1 of %2 models").arg(now.whole("resident_models"), format::count(loadable)),
                 KpiList::None, QStringLiteral("resident_bytes"), stage});
    kpis_.sync(withTargets(rows, kTargets));
}

void ModelsViewModel::refreshModels()
{
    const qint64 now = session().nowMs();
    const auto& section = session().frame().models();
    anyLoadable_ = false;
    idleNames_.clear();
    QList<ModelRow> rows;
    for (const Model& model : section.models()) {
        ModelRow row;
        row.name = QString::fromStdString(model.model());
        row.backend = QString::fromStdString(model.backend());
        row.kind = kindText(model.kind());
        row.state = stateText(model);
        row.level = levelOf(model.state());
        row.pinned = model.pinned();
        row.preloads = !model.never_preloaded();
        const ModelRules rules = modelRules(model, section);
        row.ruleTag = rules.tag;
        row.rules = rules.text;
        row.rulesFixed = rules.fixed;
        row.unloads = rules.unloads;
        row.unloadsMs = rules.unloadsMs;
        row.loadable = model.loadable();
        row.canLoad = model.loadable() &&
                      (model.state() == control::MODEL_PHASE_COLD || model.state() == control::MODEL_PHASE_FAILED);
        row.canUnload = isWarm(model);
        row.memory = model.bytes() > 0 ? format::bytes(static_cast<double>(model.bytes())) : format::kNone;
        row.load = model.has_load_ms() ? format::milliseconds(model.load_ms()) : format::kNone;
        row.used = model.leases() > 0    ? tr("now · %1").arg(format::count(model.leases()))
                   : model.used_ms() > 0 ? format::ago(std::max<qint64>(0, now - model.used_ms()))
                                         : tr("never");
        row.bytes = static_cast<double>(model.bytes());
        row.trend = trends_.of(row.name);
        if (model.has_load_ms()) row.loadMs = model.load_ms();
        row.usedMs = model.leases() > 0 ? static_cast<double>(now) : static_cast<double>(model.used_ms());
        row.nextPercent = static_cast<int>(std::lround(100 * model.next_probability()));
        row.next = row.nextPercent / 100.0;
        row.nextText = format::share(row.next);
        if (const auto* note = notes_.of(row.name, now)) {
            row.why = note->text;
            row.whyBad = note->bad;
        } else if (model.state() == control::MODEL_PHASE_FAILED) {
            row.why = format::said(model.reason_words(), model.reason());
            row.whyBad = true;
        } else if (!model.loadable()) {
            row.why = model.reason().empty() ? tr("loaded and unloaded by its own server")
                                             : format::said(model.reason_words(), model.reason());
        } else if (model.never_preloaded() && row.level == ModelList::Cold) {
            row.why = format::said(model.reason_words(), model.reason());  // the engine says there that it is off
        } else if (!model.next_why().empty()) {
            row.why = format::said(model.next_words(), model.next_why());
        } else {
            row.why = model.reason().empty() ? format::kNone : format::said(model.reason_words(), model.reason());
        }
        anyLoadable_ = anyLoadable_ || row.canLoad;
        if (isIdle(model)) idleNames_.append(row.name);
        rows.append(row);
    }
    std::stable_sort(rows.begin(), rows.end(),
                     [](const ModelRow& a, const ModelRow& b) { return format::compareNatural(a.name, b.name) < 0; });
    models_.sync(rows);
    const auto& prediction = section.prediction();
    if (!section.has_prediction()) {
        predictionText_.clear();
    } else if (!prediction.prediction()) {
        predictionText_ = tr("prediction is switched off");
    } else if (!prediction.best_expert().empty()) {
        // The active predictor changes many times a minute; the text beside a title does not.
        predictionText_ = tr("%, row → column · preload threshold %1").arg(format::share(prediction.threshold()));
    } else {
        predictionText_ = tr("share of the next requests, in percent");
    }
}

void ModelsViewModel::refreshTimeline()
{
    const TimeView& time = *session().time();
    const TimeSpan window{time.beginMs(), time.endMs()};
    // The frame may be a little newer than the newest sample, up to which the window reaches.
    const qint64 now = std::max(window.endMs, time.isPaused() ? window.endMs : session().nowMs());
    timeline_ = loadSpans(session().frame().models(), window, now, kLanesMax);
    tickPlaces_.clear();
    tickTexts_.clear();
    for (const TimeTick& tick : timeTicks(window, !time.isPaused())) {
        tickPlaces_.append(tick.at);
        tickTexts_.append(tick.text);
    }
    Q_EMIT timelineChanged();
}

void ModelsViewModel::refreshMatrix()
{
    const auto& prediction = session().frame().models().prediction();
    const int all = prediction.transition_models_size();
    matrixNames_.clear();
    matrixShares_.clear();
    matrixHints_.clear();
    if (prediction.transitions_size() < all * all) return;
    // The engine orders them by use, which changes; what is shown does not move: those that were shown stay while the
    // engine has them, the rest is filled up, and all stand in the order of their names.
    QHash<QString, int> places;
    for (int i = 0; i < all; ++i) places.insert(QString::fromStdString(prediction.transition_models(i)), i);
    matrixKept_.removeIf([&](const QString& name) { return !places.contains(name); });
    for (int i = 0; i < all && matrixKept_.size() < kMatrixMax; ++i) {
        const QString name = QString::fromStdString(prediction.transition_models(i));
        if (!matrixKept_.contains(name)) matrixKept_.append(name);
    }
    std::sort(matrixKept_.begin(), matrixKept_.end(),
              [](const QString& a, const QString& b) { return format::compareNatural(a, b) < 0; });
    matrixNames_ = matrixKept_;
    const int shown = static_cast<int>(matrixNames_.size());
    for (int row = 0; row < shown; ++row) {
        const int from = places.value(matrixNames_.at(row));
        double total = 0;
        for (int to = 0; to < all; ++to) total += std::max(0.0, prediction.transitions(from * all + to));
        for (int column = 0; column < shown; ++column) {
            const double share = prediction.transitions(from * all + places.value(matrixNames_.at(column)));
            // A row without anything: nothing has followed this model yet.
            matrixShares_.append(total > 0 ? share : -1);
            matrixHints_.append(total > 0
                                    ? tr("after %1 comes %2: %3")
                                          .arg(matrixNames_.at(row), matrixNames_.at(column), format::share(share))
                                    : tr("nothing has followed %1 yet").arg(matrixNames_.at(row)));
        }
    }
}

}  // namespace millrace::desktop
