-- Who clicked an offer? The ten keenest.
SELECT
    _acme.subscriberKey AS subscriber,
    count(*) AS clicks,
    count(DISTINCT _acme.offerCode) AS offers
FROM sfmc_campaign_engagement_latest
WHERE directMarketing.clicks.value = 1 AND _acme.offerCode IS NOT NULL
GROUP BY ALL
ORDER BY clicks DESC, offers DESC, subscriber
LIMIT 10
