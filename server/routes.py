"""The route table: every path of the service, in one place."""

import re
from collections.abc import Mapping
from typing import Any

from tornado.routing import URLSpec

from handlers import (
    admissions,
    clients,
    complaint_pages,
    epcis,
    identity,
    item_batches,
    item_pages,
    item_tables,
    item_transfers,
    item_types,
    jobs,
    oauth,
    open_interface,
    outlet_pages,
    pages,
    public_items,
    rectification_pages,
    registered_items,
    reservations,
    standard_pages,
    stock_takes,
    sync_admin,
    sync_inbound,
    sync_quality,
    sync_reconciliations,
    system,
    transparency,
    venues,
    webhooks,
)
from handlers.base import BaseHandler, UnknownRouteHandler
from handlers.context import Services
from server.patrols.routes import PATROL_ROUTES
from server.visits.routes import VISIT_ROUTES

API = "/api/v1"

API_ROUTES: tuple[tuple[str, type[BaseHandler]], ...] = (
    ("/auth/wechat", identity.WeChatLogInHandler),
    ("/auth/staff", identity.StaffLogInHandler),
    ("/auth/refresh", identity.RefreshHandler),
    ("/auth/logout", identity.LogOutHandler),
    ("/me", identity.MeHandler),
    ("/me/second-factor", identity.SecondFactorHandler),
    ("/me/second-factor/confirm", identity.SecondFactorConfirmHandler),
    ("/me/second-factor/remove", identity.SecondFactorRemoveHandler),
    ("/districts", venues.DistrictsHandler),
    ("/venues", venues.VenuesHandler),
    ("/venues/{venue_id}", venues.VenueHandler),
    ("/venues/{venue_id}/slots", venues.SlotsHandler),
    ("/reservations", reservations.ReservationsHandler),
    ("/reservations/{reservation_id}", reservations.ReservationHandler),
    ("/reservations/{reservation_id}/cancel", reservations.CancelHandler),
    ("/reservations/{reservation_id}/entry-code", reservations.EntryCodeHandler),
    ("/reservations/{reservation_id}/entry-code.png", reservations.EntryCodePictureHandler),
    ("/admissions", admissions.AdmissionsHandler),
    *VISIT_ROUTES,
    ("/item-types", item_types.ItemTypesHandler),
    ("/item-types/{item_type_id}", item_types.ItemTypeHandler),
    ("/item-types/{item_type_id}/activation-template.xlsx", item_tables.ActivationTemplateHandler),
    ("/item-batches", item_batches.ItemBatchesHandler),
    ("/item-batches/{item_batch_id}", item_batches.ItemBatchHandler),
    ("/item-batches/{item_batch_id}/labels.pdf", item_batches.LabelsHandler),
    ("/item-batches/{item_batch_id}/labels-with-artwork.pdf", item_batches.LabelsWithArtworkHandler),
    ("/item-batches/{item_batch_id}/codes.csv", item_batches.CodesHandler),
    ("/items", registered_items.ItemsHandler),
    ("/items/activate", registered_items.ActivateHandler),
    ("/items/activations", item_tables.ActivationsHandler),
    ("/items/activations/{table_id}", item_tables.ActivationHandler),
    ("/items/export.xlsx", item_tables.ExportXlsxHandler),
    ("/items/export.csv", item_tables.ExportCsvHandler),
    ("/items/export.epcis.json", item_tables.ExportEpcisHandler),
    ("/items/{item_id}", registered_items.ItemHandler),
    ("/items/{item_id}/history", registered_items.ItemHistoryHandler),
    ("/items/{item_id}/custody", registered_items.CustodyHandler),
    ("/items/{item_id}/actions", registered_items.ItemActionsHandler),
    ("/item-transfers", item_transfers.TransfersHandler),
    ("/item-transfers/{transfer_id}/accept", item_transfers.AcceptTransferHandler),
    ("/item-transfers/{transfer_id}/dispute", item_transfers.DisputeTransferHandler),
    ("/item-transfers/{transfer_id}/withdraw", item_transfers.WithdrawTransferHandler),
    ("/item-events/corrections", registered_items.CorrectionsHandler),
    ("/stock-takes", stock_takes.StockTakesHandler),
    ("/stock-takes/{stock_take_id}", stock_takes.StockTakeHandler),
    ("/stock-takes/{stock_take_id}/scans", stock_takes.StockScansHandler),
    ("/stock-takes/{stock_take_id}/results", stock_takes.StockResultsHandler),
    ("/stock-takes/{stock_take_id}/sign-off", stock_takes.SignOffHandler),
    ("/epcis/capture", epcis.CaptureHandler),
    ("/epcis/events", epcis.EventsHandler),
    ("/public/items/{code}", public_items.PublicItemHandler),
    ("/jobs/{job_id}", jobs.JobHandler),
    ("/jobs/{job_id}/pause", jobs.PauseJobHandler),
    ("/jobs/{job_id}/resume", jobs.ResumeJobHandler),
    ("/transparency/checkpoint", transparency.CheckpointHandler),
    ("/transparency/checkpoints", transparency.CheckpointsHandler),
    ("/transparency/key", transparency.LogKeyHandler),
    ("/transparency/proof/inclusion", transparency.InclusionHandler),
    ("/transparency/proof/consistency", transparency.ConsistencyHandler),
    ("/transparency/entries", transparency.EntriesHandler),
    ("/admin/sync", sync_admin.SyncSituationHandler),
    ("/admin/sync/dead-letters", sync_admin.DeadLettersHandler),
    ("/admin/sync/dead-letters/replay", sync_admin.ReplayHandler),
    ("/admin/sync/conflicts", sync_inbound.ConflictsHandler),
    ("/admin/sync/conflicts/{conflict_id}/acknowledge", sync_inbound.ConflictAcknowledgementHandler),
    ("/admin/sync/refused", sync_inbound.RefusedHandler),
    ("/admin/sync/reconciliations", sync_reconciliations.ReconciliationsHandler),
    ("/admin/sync/reconciliations/{reconciliation_id}", sync_reconciliations.ReconciliationHandler),
    ("/admin/sync/quality", sync_quality.QualityHandler),
    ("/admin/sync/quality/{kind}", sync_quality.KindQualityHandler),
    *PATROL_ROUTES,
    ("/oauth/token", oauth.TokenHandler),
    ("/admin/clients", clients.ClientsHandler),
    ("/admin/clients/{client_id}", clients.ClientHandler),
    ("/admin/clients/{client_id}/rotate", clients.ClientRotationHandler),
    ("/admin/clients/{client_id}/suspend", clients.ClientSuspensionHandler),
    ("/admin/clients/{client_id}/resume", clients.ClientResumptionHandler),
    ("/admin/clients/{client_id}/delete", clients.ClientDeletionHandler),
    ("/admin/webhooks", webhooks.WebhooksHandler),
    ("/admin/webhooks/{webhook_id}", webhooks.WebhookHandler),
    ("/admin/webhooks/{webhook_id}/pause", webhooks.PauseWebhookHandler),
    ("/admin/webhooks/{webhook_id}/resume", webhooks.ResumeWebhookHandler),
    ("/admin/webhooks/{webhook_id}/rotate-secret", webhooks.WebhookSecretHandler),
    ("/admin/webhooks/{webhook_id}/delete", webhooks.DeleteWebhookHandler),
    ("/admin/webhooks/{webhook_id}/test", webhooks.WebhookTestHandler),
    ("/admin/webhooks/{webhook_id}/deliveries", webhooks.WebhookDeliveriesHandler),
    ("/admin/webhooks/{webhook_id}/deliveries/{delivery_id}/redeliver", webhooks.RedeliverHandler),
    ("/open/records", open_interface.OpenRecordsHandler),
    ("/open/statistics", open_interface.OpenStatisticsHandler),
    ("/open/standard", open_interface.OpenStandardHandler),
    ("/open/standard/{kind}", open_interface.OpenSchemaHandler),
)

SYSTEM_ROUTES: tuple[tuple[str, type[BaseHandler]], ...] = (
    ("/healthz", system.HealthHandler),
    ("/readyz", system.ReadyHandler),
    ("/metrics", system.MetricsHandler),
    (f"{API}/openapi.json", system.OpenApiHandler),
    ("/.well-known/jwks.json", system.KeysHandler),
    ("/.well-known/oauth-authorization-server", oauth.OAuthMetadataHandler),
    ("/", pages.WelcomeHandler),
    ("/docs", pages.ReferenceHandler),
    ("/docs/assets/{name}", pages.ReferenceAssetHandler),
    ("/standard", standard_pages.DictionaryPageHandler),
    ("/standard/dictionary.xlsx", standard_pages.DictionaryBookHandler),
    ("/standard/{name}", standard_pages.SchemaHandler),
    ("/i/{code}", item_pages.ItemPageHandler),
    ("/r/{token}", rectification_pages.RectificationPageHandler),
    ("/r/{token}/photos/{photo_id}", rectification_pages.RectificationThumbnailHandler),
    ("/o/complaints", complaint_pages.ComplaintLookHandler),
    ("/o/{code}", outlet_pages.OutletPageHandler),
    ("/o/{code}/complaint", complaint_pages.ComplaintFormHandler),
)


def build_routes(services: Services) -> list[URLSpec]:
    """Return the table as Tornado takes it; what matches nothing is answered with a problem."""
    listed = [*((API + path, handler) for path, handler in API_ROUTES), *SYSTEM_ROUTES]
    return [
        *(_spec(path, handler, services) for path, handler in listed),
        URLSpec(r"/i(/.*)?", item_pages.NoItemPageHandler, {"services": services, "route": "unknown"}),
        URLSpec(r"/o(/.*)?", outlet_pages.NoOutletPageHandler, {"services": services, "route": "unknown"}),
        URLSpec(r"/r(/.*)?", rectification_pages.NoOwnerPageHandler, {"services": services, "route": "unknown"}),
        URLSpec(r".*", UnknownRouteHandler, {"services": services, "route": "unknown"}),
    ]


def _spec(path: str, handler: type[BaseHandler], services: Services) -> URLSpec:
    pattern = re.sub(r"\\{[a-z_]+\\}", "([^/]+)", re.escape(path))
    settings: Mapping[str, Any] = {"services": services, "route": path}
    return URLSpec(pattern + "$", handler, dict(settings))
