// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "lists/lane_list.h"
#include "lists/stage_list.h"
#include "series/bucket_history.h"
#include "viewmodels/page_view_model.h"

#include <QtCore/QHash>

#include <deque>

namespace millrace::desktop {

/// How requests are put together, and why each batch was dispatched.
class BatchesViewModel : public millrace::desktop::PageViewModel {  // whole name: moc passes it on as written
    Q_OBJECT
    QML_ELEMENT
    QML_UNCREATABLE("the shell has one")
    Q_PROPERTY(QString unusedText READ unusedText NOTIFY changed FINAL)  ///< queues that are left out
    Q_PROPERTY(millrace::desktop::LaneList* lanes READ lanes CONSTANT FINAL)
    Q_PROPERTY(millrace::desktop::KpiList* kpis READ kpis CONSTANT FINAL)
    /// What the line of the adaptive limit is called: whose it is.
    Q_PROPERTY(QString limitText READ limitText NOTIFY changed FINAL)
    Q_PROPERTY(bool any READ hasAny NOTIFY changed FINAL)  ///< a batch was dispatched, or a request waits for one
    // The histogram: of the batches of the shown window.
    Q_PROPERTY(QString sizesOf READ sizesOf NOTIFY changed FINAL)        ///< "Last 5 min", "since 02:12:44"
    Q_PROPERTY(QString whyNoSizes READ whyNoSizes NOTIFY changed FINAL)  ///< where it is empty
    Q_PROPERTY(QStringList sizeLabels READ sizeLabels NOTIFY changed FINAL)
    Q_PROPERTY(QList<double> sizeCounts READ sizeCounts NOTIFY changed FINAL)
    Q_PROPERTY(QStringList sizeHints READ sizeHints NOTIFY changed FINAL)
    // The strip: the newest kStripMax batches.
    Q_PROPERTY(QList<double> stripRuns READ stripRuns NOTIFY changed FINAL)
    Q_PROPERTY(QList<double> stripRows READ stripRows NOTIFY changed FINAL)
    Q_PROPERTY(QList<int> stripReasons READ stripReasons NOTIFY changed FINAL)  ///< Reason, plus BatchStrip::kFailed
    Q_PROPERTY(QStringList stripHints READ stripHints NOTIFY changed FINAL)
    Q_PROPERTY(QString stripFrom READ stripFrom NOTIFY changed FINAL)
    Q_PROPERTY(QString stripSummary READ stripSummary NOTIFY changed FINAL)
    // The scatter: every batch that is kept.
    Q_PROPERTY(QList<double> fills READ fills NOTIFY changed FINAL)
    Q_PROPERTY(QList<double> waits READ waits NOTIFY changed FINAL)
    Q_PROPERTY(QList<int> reasons READ reasons NOTIFY changed FINAL)
    Q_PROPERTY(QStringList hints READ hints NOTIFY changed FINAL)
public:
    enum Reason { Size, Idle, Timeout, Deadline, Flush, Other };
    Q_ENUM(Reason)
    static constexpr int kStripMax = 60;
    static constexpr qint64 kRateSpanMs = 5000;

    explicit BatchesViewModel(Session& session, QObject* parent = nullptr);

    LaneList* lanes() { return &lanes_; }
    KpiList* kpis() { return &kpis_; }
    bool hasAny() const { return lanes_.rowCount() > 0 || !waits_.isEmpty(); }
    QString sizesOf() const { return sizesOf_; }
    QString whyNoSizes() const { return whyNoSizes_; }
    QStringList sizeLabels() const { return sizeLabels_; }
    QList<double> sizeCounts() const { return sizeCounts_; }
    QStringList sizeHints() const { return sizeHints_; }
    QList<double> stripRuns() const { return stripRuns_; }
    QList<double> stripRows() const { return stripRows_; }
    QList<int> stripReasons() const { return stripReasons_; }
    QStringList stripHints() const { return stripHints_; }
    QString stripFrom() const { return stripFrom_; }
    QString stripSummary() const { return stripSummary_; }
    QList<double> fills() const { return fills_; }
    QList<double> waits() const { return waits_; }
    QList<int> reasons() const { return reasons_; }
    QStringList hints() const { return hints_; }
    QString unusedText() const { return unusedText_; }
    QString limitText() const { return limitText_; }
    void refresh() override;

Q_SIGNALS:
    void changed();

private:
    void gatherSizes();
    void refreshKpis();
    void refreshLanes();
    void refreshSizes();
    void refreshRecent();
    std::optional<double> rateOf(const QString& lane, qint64 nowMs, double rows);

    struct Mark {
        qint64 timeMs;
        double rows;
    };
    LaneList lanes_;
    QString unusedText_;
    QString limitText_;
    KpiList kpis_;
    QHash<QString, std::deque<Mark>> marks_;  // of each lane, kRateSpanMs long
    QString bootId_;
    BucketHistory sizeHistory_;
    QString sizesOf_;
    QString whyNoSizes_;
    QStringList sizeLabels_;
    QList<double> sizeCounts_;
    QStringList sizeHints_;
    QList<double> stripRuns_;
    QList<double> stripRows_;
    QList<int> stripReasons_;
    QStringList stripHints_;
    QString stripFrom_;
    QString stripSummary_;
    QList<double> fills_;
    QList<double> waits_;
    QList<int> reasons_;
    QStringList hints_;
};

}  // namespace millrace::desktop
