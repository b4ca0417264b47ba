// SPDX-License-Identifier: GPL-3.0-or-later
#include "viewmodels/revisions_view_model.h"

#include "config/server_state.h"
#include "format/enum_words.h"
#include "format/event_words.h"
#include "format/numbers.h"
#include "format/said.h"
#include "format/series_words.h"
#include "format/setting_text.h"
#include "format/translation.h"
#include "items/effect_plot.h"
#include "viewmodels/author_word.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace millrace::desktop {
namespace {

QString str(const std::string& text)
{
    return QString::fromStdString(text);
}

/// The figures of the effect table, the most important ones first; what the engine did not measure is left out.
constexpr const char* kFigures[] = {
    "latency_tensor_p99_ms",
    "latency_generation_p99_ms",
    "latency_embedding_p99_ms",
    "served_per_second",
    "error_share",
    "refused_per_second",
    "first_byte_p99_ms",
    "added_p99_ms",
    "batch_rows_average",
    "batch_wait_p99_ms",
    "warm_rate",
    "waited_loads",
    "connection_reuse",
    "engine_resident_bytes",
    "engine_cpu_cores",
};

/// What the plot shows: the first of them that was measured.
constexpr const char* kPlotted[] = {"latency_tensor_p99_ms", "latency_generation_p99_ms", "latency_embedding_p99_ms"};
constexpr int kPlottedLeast = 3;  // seconds with a value before the change

}  // namespace

RevisionsViewModel::RevisionsViewModel(Session& session, const ServerState& server, QObject* parent)
    : QObject(parent), session_(session), server_(server), all_(std::make_unique<control::Revisions>())
{
    connect(&session_, &Session::ticked, this, &RevisionsViewModel::tick);
}

RevisionsViewModel::~RevisionsViewModel() = default;

void RevisionsViewModel::load()
{
    if (loading_ || !session_.isWritable()) return;
    loading_ = true;
    requestedMs_ = session_.nowMs();
    session_.client().listRevisions(this, [this](const Outcome<control::Revisions>& outcome) {
        loading_ = false;
        if (outcome.ok()) take(*outcome.reply);
    });
}

void RevisionsViewModel::forget()
{
    all_->Clear();
    chosen_ = measured_ = 0;
    outcome_.clear();
    loading_ = false;
    show();
}

const control::Revision* RevisionsViewModel::newest() const
{
    return all_->revisions_size() > 0 ? &all_->revisions(0) : nullptr;
}

const control::Revision* RevisionsViewModel::find(quint64 revision) const
{
    for (const auto& entry : all_->revisions()) {
        if (entry.revision() == revision) return &entry;
    }
    return nullptr;
}

qint64 RevisionsViewModel::msLeft(qint64 span) const
{
    return newest() ? newest()->time_ms() + span - session_.nowMs() : 0;
}

void RevisionsViewModel::tick()
{
    if (outcomeMs_ != 0 && session_.nowMs() - outcomeMs_ > kNewsMs) {
        outcomeMs_ = 0;
        outcome_.clear();
        Q_EMIT changed();
    }
    const auto* last = newest();
    if (!last) return;
    if (!format::isSameDay(session_.nowMs(), shownMs_)) show();  // what was of today has its date from now on
    if (const auto* now = shown(); now && session_.nowMs() - now->time_ms() <= kMeasureMs + kLateMs) showPlot();
    const bool wantsAfter = last->after_size() == 0 && last->before_size() > 0;
    if (measured_ == 0 && !wantsAfter) return;
    const int seconds = secondsLeft();
    if (seconds != secondsShown_) {
        secondsShown_ = seconds;
        Q_EMIT changed();
    }
    // Due: polled once a second until the engine has it, or for as long as it can be expected to.
    const qint64 due = msLeft(kMeasureMs);
    const qint64 late = -guardLeftMs();
    const bool judged = measured_ != 0 && (guard() ? guard()->outcome() != control::GUARD_OUTCOME_MEASURING
                                                   : late >= 0 && late < kLateMs);  // none: an engine that is older
    const bool measured = measured_ == 0 && due <= 0 && due > -kLateMs;
    if ((judged || measured) && session_.nowMs() - requestedMs_ >= kAskEveryMs) load();
}

/// What the engine says of the guarded revision that is measured; null before its first frame.
const control::GuardedApply* RevisionsViewModel::guard() const
{
    const auto& frame = session_.frame();
    return frame.has_guard() && frame.guard().revision() == measured_ ? &frame.guard() : nullptr;
}

qint64 RevisionsViewModel::guardLeftMs() const
{
    const auto* now = guard();
    if (!now) return msLeft(kGuardMs);
    const qint64 left = now->judged_ms() - session_.nowMs();
    // With too few requests it continues, but not indefinitely.
    return left > 0 || isSettled() ? left : now->judged_latest_ms() - session_.nowMs();
}

bool RevisionsViewModel::isSettled() const
{
    const auto* now = guard();
    return !now ||
           (now->requests_before() >= now->requests_needed() && now->requests_after() >= now->requests_needed());
}

void RevisionsViewModel::take(const control::Revisions& revisions)
{
    const quint64 waited = measured_;
    *all_ = revisions;
    measured_ = 0;
    for (const auto& revision : all_->revisions()) {
        if (revision.outcome() == control::GUARD_OUTCOME_MEASURING) measured_ = revision.revision();
    }
    if (waited != 0 && measured_ != waited) {
        if (const auto* judged = find(waited)) notifyOutcome(*judged);
    }
    secondsShown_ = secondsLeft();
    show();
    Q_EMIT listChanged();
}

void RevisionsViewModel::notifyOutcome(const control::Revision& revision)
{
    const QString why = format::said(revision.verdict_words(), revision.verdict());
    QString outcome = format::unknownText(revision.outcome());
    switch (revision.outcome()) {
        case control::GUARD_OUTCOME_KEPT:
            outcome = tr("Revision %1 is kept: %2").arg(revision.revision()).arg(why);
            break;
        case control::GUARD_OUTCOME_REVERTED:
            outcome = tr("Revision %1 was reverted: %2").arg(revision.revision()).arg(why);
            break;
        case control::GUARD_OUTCOME_NOT_REVERTED:
            outcome = tr("Revision %1 made things worse and is still active: %2").arg(revision.revision()).arg(why);
            break;
        case control::GUARD_OUTCOME_NOT_JUDGED:
            outcome = tr("Revision %1 could not be evaluated and stays active: %2").arg(revision.revision()).arg(why);
            break;
        case control::GUARD_OUTCOME_NONE:
        case control::GUARD_OUTCOME_MEASURING:
            return;
            MILLRACE_NEWER_VALUES(GuardOutcome);
    }
    outcome_ = outcome;
    outcomeBad_ = revision.outcome() != control::GUARD_OUTCOME_KEPT;
    outcomeMs_ = session_.nowMs();
    Q_EMIT session_.notice(outcome_, outcomeBad_);
}

int RevisionsViewModel::secondsLeft() const
{
    const qint64 left = isMeasuring() ? guardLeftMs() : msLeft(kMeasureMs);
    return static_cast<int>(std::max<qint64>(0, (left + 999) / 1000));
}

double RevisionsViewModel::progress() const
{
    if (!isMeasuring()) return 0;
    const auto* now = guard();
    const auto whole = static_cast<double>(now ? now->judged_ms() - now->began_ms() : kGuardMs);
    const auto left = static_cast<double>(now ? now->judged_ms() - session_.nowMs() : msLeft(kGuardMs));
    return whole <= 0 ? 1 : std::clamp(1.0 - left / whole, 0.0, 1.0);
}

QString RevisionsViewModel::guardText() const
{
    if (!isMeasuring()) return {};
    const int left = secondsLeft();
    const auto* now = guard();
    if (left <= 0) return tr("Measuring revision %1: evaluating").arg(measured_);
    if (now && session_.nowMs() >= now->judged_ms()) {
        return tr("Measuring revision %1: %2 of %3 requests, at most %4 s more")
            .arg(measured_)
            .arg(std::min(now->requests_before(), now->requests_after()))
            .arg(now->requests_needed())
            .arg(left);
    }
    return tr("Measuring revision %1: %2 s left").arg(measured_).arg(left);
}

QString RevisionsViewModel::setBy(const QString& path) const
{
    const std::string wanted = path.toStdString();
    for (const auto& revision : all_->revisions()) {
        for (const auto& change : revision.changes()) {
            if (change.path() == wanted) return QString::number(revision.revision());
        }
    }
    return {};
}

/// Why the guard made this revision: the reason of the one that it took back, which is the one before.
QString RevisionsViewModel::revertText(const control::Revision& revision) const
{
    const auto* reverted = find(revision.revision() - 1);
    if (!reverted || reverted->verdict().empty()) return str(revision.comment());
    return tr("reverts revision %1: %2")
        .arg(reverted->revision())
        .arg(format::said(reverted->verdict_words(), reverted->verdict()));
}

QString RevisionsViewModel::changeText(const control::Revision& revision) const
{
    if (revision.changes_size() == 0) {
        return revision.comment().empty() ? tr("no difference") : str(revision.comment());
    }
    QStringList parts;
    QStringList added, removed;
    for (const auto& change : revision.changes()) {
        const QString path = str(change.path());
        // An entry that came or went is one thing, not eight.
        if (path.endsWith(u"].name") && change.before().empty()) {
            added.append(str(change.after()));
            parts.append(tr("backend %1 added").arg(added.last()));
        } else if (path.endsWith(u"].name") && change.after().empty()) {
            removed.append(str(change.before()));
            parts.append(tr("backend %1 removed").arg(removed.last()));
        }
    }
    for (const auto& change : revision.changes()) {
        const QString path = str(change.path());
        if (path.contains(u'[') && (!added.isEmpty() || !removed.isEmpty())) continue;
        const auto* setting = server_.find(path);
        const auto value = [&](const std::string& text) {
            return setting ? setting_text::shown(*setting, str(text)) : text.empty() ? format::kNone : str(text);
        };
        parts.append(QStringLiteral("%1 %2 → %3")
                         .arg(setting ? translatedSetting(setting->title()) : path, value(change.before()),
                              value(change.after())));
    }
    return parts.join(QStringLiteral(", "));
}

void RevisionsViewModel::show()
{
    QList<RevisionRow> rows;
    const auto* shown = this->shown();
    const qint64 now = session_.nowMs();
    shownMs_ = now;
    for (const auto& revision : all_->revisions()) {
        RevisionRow row;
        row.revision = revision.revision();
        row.timeText = format::moment(revision.time_ms(), now);
        row.author = authorWord(revision.author());
        row.text = changeText(revision);
        row.active = revision.revision() == server_.revision();
        row.chosen = &revision == shown;
        const QString why = format::said(revision.verdict_words(), revision.verdict());
        row.outcome = format::unknownText(revision.outcome());
        switch (revision.outcome()) {
            case control::GUARD_OUTCOME_MEASURING:
                row.outcome = tr("guarded, measuring");
                break;
            case control::GUARD_OUTCOME_KEPT:
                row.outcome = tr("kept: %1").arg(why);
                break;
            case control::GUARD_OUTCOME_REVERTED:
                row.outcome = tr("reverted: %1").arg(why);
                row.bad = true;
                break;
            case control::GUARD_OUTCOME_NOT_REVERTED:
                row.outcome = tr("worse, still active: %1").arg(why);
                row.bad = true;
                break;
            case control::GUARD_OUTCOME_NOT_JUDGED:
                row.outcome = tr("not evaluated: %1").arg(why);
                break;
            case control::GUARD_OUTCOME_NONE:
                row.outcome = revision.author() == control::AUTHOR_GUARD ? revertText(revision) : QString();
                break;
                MILLRACE_NEWER_VALUES(GuardOutcome);
        }
        rows.append(row);
    }
    revisions_.sync(rows);
    if (shown) {
        showEffect(*shown);
    } else {
        effect_.sync({});
    }
    showPlot();
    Q_EMIT changed();
}

const control::Revision* RevisionsViewModel::shown() const
{
    const auto* chosen = find(chosen_);
    return chosen ? chosen : newest();
}

/// From the seconds that the console holds: of a change that is longer ago there is the table only.
void RevisionsViewModel::showPlot()
{
    constexpr int kSeconds = kMeasureMs / SeriesStore::kSecondMs;
    const QString titleBefore = plotTitle_, summaryBefore = plotSummary_;
    const QList<double> before = plotBefore_, after = plotAfter_;
    plotTitle_.clear();
    plotSummary_.clear();
    plotBefore_.clear();
    plotAfter_.clear();
    plotHints_.clear();
    const auto* revision = shown();
    for (const char* name : kPlotted) {
        if (!revision) break;
        const QString series = QString::fromLatin1(name);
        QList<double> values(2 * kSeconds, std::numeric_limits<double>::quiet_NaN());
        int known = 0;
        for (const SeriesPoint& point : session_.series().points(series)) {
            const qint64 second = (point.timeMs - revision->time_ms() + kMeasureMs) / SeriesStore::kSecondMs;
            if (point.timeMs < revision->time_ms() - kMeasureMs || second >= values.size()) continue;
            values[second] = point.value;
            known += second < kSeconds ? 1 : 0;
        }
        if (known < kPlottedLeast) continue;
        plotBefore_ = values.first(kSeconds);
        plotAfter_ = values.last(kSeconds);
        plotTitle_ = format::seriesWords(series)->title;
        // The means of the table beside it, once the engine has them.
        const auto mean = [name](const auto& measured, const QList<double>& side) {
            const auto found = measured.find(name);
            return found == measured.end() ? EffectPlot::meanOf(side) : found->second;
        };
        const auto text = [](double value) { return std::isnan(value) ? format::kNone : format::milliseconds(value); };
        plotBeforeMean_ = mean(revision->before(), plotBefore_);
        plotAfterMean_ = mean(revision->after(), plotAfter_);
        if (const int seconds = EffectPlot::measured(plotAfter_).second + 1; seconds < kSeconds) {
            plotSummary_ = tr("Mean %1 before, %2 in the %3 s since")
                               .arg(text(plotBeforeMean_), text(plotAfterMean_), QString::number(seconds));
        } else {
            plotSummary_ = tr("Mean %1 before, %2 after").arg(text(plotBeforeMean_), text(plotAfterMean_));
        }
        for (int i = 0; i < values.size(); ++i) {
            const QString value = std::isnan(values.at(i)) ? format::kNone : format::milliseconds(values.at(i));
            plotHints_.append(i < kSeconds ? tr("%1 s before: %2").arg(QString::number(kSeconds - i), value)
                                           : tr("%1 s after: %2").arg(QString::number(i - kSeconds), value));
        }
        break;
    }
    // A mean has changed only where a list has.
    // NaN is not equal to itself: lists with gaps count as changed.
    if (plotTitle_ != titleBefore || plotSummary_ != summaryBefore || plotBefore_ != before || plotAfter_ != after)
        Q_EMIT plotChanged();
}

void RevisionsViewModel::showEffect(const control::Revision& revision)
{
    QList<ChangeRow> figures;
    for (const char* series : kFigures) {
        const auto* words = format::seriesWords(QString::fromLatin1(series));
        const auto before = revision.before().find(series);
        const auto after = revision.after().find(series);
        const bool hasAfter = after != revision.after().end();
        if (!words || before == revision.before().end()) continue;
        const auto unit = words->unit;
        ChangeRow row;
        row.id = QString::fromLatin1(series);
        row.title = words->title;
        row.before = format::text(before->second, unit);
        row.after = hasAfter ? format::text(after->second, unit) : format::kNone;
        const auto noise = revision.noise().find(series);
        if (hasAfter && noise != revision.noise().end()) {
            const double difference = after->second - before->second;
            row.detail = tr("± %1 normal variation").arg(format::text(noise->second, unit));
            // Below three percent it does not matter, however steady the figure is.
            const bool counts =
                std::abs(difference) > noise->second && std::abs(difference) > 0.03 * std::abs(before->second);
            if (counts && words->better != 0) {
                row.trend = (difference > 0) == (words->better > 0) ? ChangeList::Better : ChangeList::Worse;
            }
        }
        figures.append(row);
    }
    effect_.sync(figures);
}

QString RevisionsViewModel::effectTitle() const
{
    const auto* shown = this->shown();
    return shown ? tr("Effect of revision %1").arg(shown->revision()) : QString();
}

QString RevisionsViewModel::effectNote() const
{
    const auto* shown = this->shown();
    if (!shown || effect_.rowCount() == 0) return {};
    if (shown->after_size() > 0) {
        return shown->noise_size() > 0 ? QString() : tr("Too few samples to tell a change from normal variation.");
    }
    if (shown != newest()) return tr("Another revision followed before it was measured.");
    const qint64 left = msLeft(kMeasureMs);
    if (left > 0) return tr("Mean of a minute: %1 s left").arg((left + 999) / 1000);
    return left > -kLateMs ? tr("Mean of a minute: almost done")
                           : tr("Not measured: there was no traffic, or the engine was stopped.");
}

void RevisionsViewModel::choose(double revision)
{
    const auto wanted = static_cast<quint64>(std::llround(revision));
    chosen_ = newest() && newest()->revision() == wanted ? 0 : wanted;
    show();
    load();
}

}  // namespace millrace::desktop
