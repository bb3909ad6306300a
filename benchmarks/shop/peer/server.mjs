// A shop of Vendure in one process, as small as it gets: shop API, job queue and search index, without admin UI and files.
// `node server.mjs PORT DATABASE_URL` serves; with a file of goods as third argument it makes the tables in the empty
// database, brings the goods into it, and ends.
import { readFileSync } from 'node:fs';
import vendure from '@vendure/core';

const [port, database, goods] = process.argv.slice(2);
const url = new URL(database);

const config = {
    logger: new vendure.DefaultLogger({ level: vendure.LogLevel.Warn }),
    apiOptions: { hostname: '127.0.0.1', port: Number(port), cors: false },
    authOptions: {
        tokenMethod: 'bearer',
        superadminCredentials: { identifier: 'admin', password: 'a-long-password-1' },
    },
    dbConnectionOptions: {
        type: 'postgres',
        host: url.hostname,
        port: Number(url.port),
        username: url.username,
        password: decodeURIComponent(url.password),
        database: url.pathname.slice(1),
        synchronize: goods !== undefined,
        logging: false,
    },
    // The default says "in stock" or "out of stock"; the benchmark checks the number.
    catalogOptions: { stockDisplayStrategy: { getStockLevel: (_ctx, _variant, saleable) => String(saleable) } },
    paymentOptions: { paymentMethodHandlers: [vendure.dummyPaymentHandler] },
    plugins: [
        vendure.DefaultJobQueuePlugin.init({}),
        // While goods are brought in, each variant would be a job of its own; the index is built once at the end.
        vendure.DefaultSearchPlugin.init({ bufferUpdates: goods !== undefined }),
    ],
};

const initial = {
    defaultLanguage: 'en',
    defaultZone: 'Europe',
    countries: [{ code: 'DE', name: 'Germany', zone: 'Europe' }],
    taxRates: [{ name: 'None', percentage: 0 }],
    shippingMethods: [{ name: 'Post', price: 0 }],
    paymentMethods: [
        {
            name: 'Card',
            handler: { code: vendure.dummyPaymentHandler.code, arguments: [{ name: 'automaticSettle', value: 'true' }] },
        },
    ],
    collections: [],
};

async function stock(app) {
    await app.get(vendure.Populator).populateInitialData(initial);
    const importer = app.get(vendure.FastImporterService);
    await importer.initialize(await app.get(vendure.ChannelService).getDefaultChannel());
    const categories = await app.get(vendure.TaxCategoryService).findAll(vendure.RequestContext.empty());
    const taxCategoryId = categories.items[0].id;
    const translate = (name, more = {}) => [{ languageCode: 'en', name, ...more }];
    for (const product of JSON.parse(readFileSync(goods, 'utf8'))) {
        const { name, slug, description, variants } = product;
        const productId = await importer.createProduct({ translations: translate(name, { slug, description }), assetIds: [] });
        const groupId = await importer.createProductOptionGroup({ code: slug, translations: translate('Size'), options: [] });
        await importer.addOptionGroupToProduct(productId, groupId);
        for (const variant of variants) {
            const optionId = await importer.createProductOption({
                productOptionGroupId: groupId,
                code: variant.sku.toLowerCase(),
                translations: translate(variant.name),
            });
            await importer.createProductVariant({
                productId,
                sku: variant.sku,
                price: variant.price,
                stockOnHand: variant.stock,
                taxCategoryId,
                optionIds: [optionId],
                translations: translate(variant.name),
            });
        }
    }
    const context = await app.get(vendure.RequestContextService).create({ apiType: 'admin' });
    const job = await app.get(vendure.SearchService).reindex(context);
    await new Promise((resolve, reject) => job.updates().subscribe({ complete: resolve, error: reject }));
}

const app = await vendure.bootstrap(config);
await app.get(vendure.JobQueueService).start();
if (goods !== undefined) {
    await stock(app);
    process.exit(0);
}
