export class Do { constructor() {} open() {} }
